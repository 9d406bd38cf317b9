import { createHash } from "node:crypto";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { Ctx, MemberActor } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import type { ApiKeyView, CreateApiKey } from "./api-key.schema.ts";

/** A use is written down once in so many seconds: a call should not cost a write. */
const NOTED_SECONDS = 3600;
const DAY_SECONDS = 24 * 3600;
const PREFIX = "dormouse_";

type Owner = { workspaceId: string; memberId: string; origin: string | undefined };

const hashOf = (key: string): string => createHash("sha256").update(key).digest("base64url");

/** What a key is called where it is shown: the beginning of its hash, which opens nothing. */
const idOf = (hash: string): string => hash.slice(0, 16);

/** Answers the key itself (256 bits), of which only the hash is kept. */
export async function insertApiKey(
  { origin, ...owner }: Owner,
  { name, scopes, expiryDays }: CreateApiKey,
  now: Date,
): Promise<{ key: string; view: ApiKeyView }> {
  const key = `${PREFIX}${randomToken(43)}`;
  const { data } = await db()
    .entities.apiKey.create({
      hash: hashOf(key),
      ...owner,
      name,
      hint: key.slice(0, PREFIX.length + 4),
      ...(origin ? { origin } : {}),
      scopes: [...scopes],
      createdAt: now.toISOString(),
      ...(expiryDays === undefined ? {} : { expires: epochSeconds(now) + expiryDays * DAY_SECONDS }),
    })
    .go();
  return { key, view: viewOf(data) };
}

/** Keys that have not ended, of one member or of all (`undefined`), the newest first. */
export async function listApiKeyRows(
  workspaceId: string,
  memberId: string | undefined,
  now: Date,
): Promise<ApiKeyView[]> {
  return (await rowsOf(workspaceId, memberId, now)).map(viewOf).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** Revokes a key, by its id; answers whether there was one. Whoever calls with it is refused from now on. */
export async function deleteApiKey(
  workspaceId: string,
  memberId: string | undefined,
  id: string,
  now: Date,
): Promise<boolean> {
  const found = (await rowsOf(workspaceId, memberId, now)).find(({ hash }) => idOf(hash) === id);
  if (!found) return false;
  await db().entities.apiKey.delete({ hash: found.hash }).go();
  return true;
}

/**
 * The member behind a key, with the role of this moment and the key's scopes, and the origin of links; a member who is gone
 * has no keys.
 */
export async function findKeyMember(
  key: string,
  now: Date,
): Promise<(Pick<Ctx, "origin"> & { actor: MemberActor }) | undefined> {
  if (!key.startsWith(PREFIX)) return undefined;
  const { apiKey, member } = db().entities;
  const hash = hashOf(key);
  const { data: found } = await apiKey.get({ hash }).go();
  if (!found || hasEnded(found, now)) return undefined;
  const { workspaceId, memberId, scopes, usedAt, origin } = found;
  const { data } = await member.get({ workspaceId, id: memberId }).go();
  if (!data) return undefined;
  await noteUse(hash, usedAt, now);
  const { name, role } = data;
  const actor: MemberActor = { kind: "member", workspaceId, memberId, name, role, key: { id: idOf(hash), scopes } };
  return { actor, ...(origin ? { origin } : {}) };
}

/** One that was revoked meanwhile stays revoked. */
async function noteUse(hash: string, usedAt: string | undefined, now: Date): Promise<void> {
  if (usedAt && now.getTime() - Date.parse(usedAt) < NOTED_SECONDS * 1000) return;
  await conditionHeld(() => db().entities.apiKey.patch({ hash }).set({ usedAt: now.toISOString() }).go());
}

type Row = Awaited<ReturnType<typeof rowsOf>>[number];

async function rowsOf(workspaceId: string, memberId: string | undefined, now: Date) {
  const { data } = await db()
    .entities.apiKey.query.ofWorkspace({ workspaceId, ...(memberId ? { memberId } : {}) })
    .go({ pages: "all" });
  return data.filter((row) => !hasEnded(row, now));
}

const hasEnded = ({ expires }: { expires?: number | undefined }, now: Date): boolean =>
  expires !== undefined && expires <= epochSeconds(now);

const viewOf = ({ hash, memberId, name, hint, scopes, createdAt, usedAt, expires }: Row): ApiKeyView => ({
  id: idOf(hash),
  memberId,
  name,
  hint,
  scopes,
  createdAt,
  ...(usedAt ? { usedAt } : {}),
  ...(expires === undefined ? {} : { expiresAt: new Date(expires * 1000).toISOString() }),
});
