import { createHash } from "node:crypto";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { MemberActor } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { epochSeconds } from "#lib/kernel/time.ts";

/** How long a session lasts at most, and how long without use, in seconds. */
export const SESSION_SECONDS = 90 * 24 * 3600;
export const IDLE_SECONDS = 14 * 24 * 3600;

/** A use is written at most once in this many seconds, so that reading a page does not cost a write. */
const NOTED_SECONDS = 3600;

type Member = { workspaceId: string; memberId: string };
export type Session = { id: string; device: string; createdAt: string; usedAt: string };

const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** The id under which a session is shown: the beginning of the hash, which gives no access. */
const idOf = (hash: string): string => hash.slice(0, 16);

/** When a session ends that is used now, in seconds since 1970. */
const endOf = (createdAt: Date, now: Date): number =>
  Math.min(epochSeconds(createdAt) + SESSION_SECONDS, epochSeconds(now) + IDLE_SECONDS);

/** Signs a member in; returns the cookie's value, of which only the hash is stored. */
export async function insertSession(member: Member, now: Date, device?: string): Promise<string> {
  const token = randomToken(43);
  await db()
    .entities.session.create({
      hash: hashOf(token),
      ...member,
      ...(device ? { device } : {}),
      createdAt: now.toISOString(),
      usedAt: now.toISOString(),
      expires: endOf(now, now),
    })
    .go();
  return token;
}

export async function deleteSession(token: string): Promise<void> {
  await db()
    .entities.session.delete({ hash: hashOf(token) })
    .go();
}

/** A member's sessions that have not ended, the newest first. */
export async function listMemberSessions(member: Member, now: Date): Promise<Session[]> {
  return (await rowsOf(member, now)).map(({ hash, device = "", createdAt, usedAt = createdAt }) => ({
    id: idOf(hash),
    device,
    createdAt,
    usedAt,
  }));
}

/** Ends those of a member's sessions that have these ids; returns how many there were. */
export async function deleteMemberSessions(
  member: Member,
  now: Date,
  chosen: (id: string) => boolean,
): Promise<number> {
  const hashes = (await rowsOf(member, now)).map(({ hash }) => hash).filter((hash) => chosen(idOf(hash)));
  await db()
    .entities.session.delete(hashes.map((hash) => ({ hash })))
    .go();
  return hashes.length;
}

async function rowsOf({ workspaceId, memberId }: Member, now: Date) {
  const { data } = await db()
    .entities.session.query.ofMember({ workspaceId, memberId })
    .go({ pages: "all", order: "desc" });
  return data.filter(({ expires }) => expires > epochSeconds(now));
}

/** The member of a session cookie, with the current role. A member who was removed is signed out everywhere. */
export async function findSessionMember(token: string, now: Date): Promise<MemberActor | undefined> {
  const { session, member } = db().entities;
  const hash = hashOf(token);
  const { data: found } = await session.get({ hash }).go();
  // A session of an earlier version is in no list, so it could not be ended from elsewhere: it is not accepted.
  if (!found?.usedAt || found.expires <= epochSeconds(now)) return undefined;
  const { workspaceId, memberId } = found;
  const { data } = await member.get({ workspaceId, id: memberId }).go();
  if (!data) return undefined;
  await noteUse(found, now);
  return { kind: "member", workspaceId, memberId, name: data.name, role: data.role, sessionId: idOf(hash) };
}

/** Extends a session. One that was ended meanwhile stays ended. */
async function noteUse(
  { hash, createdAt, usedAt = createdAt }: { hash: string; createdAt: string; usedAt?: string },
  now: Date,
): Promise<void> {
  if (now.getTime() - Date.parse(usedAt) < NOTED_SECONDS * 1000) return;
  await conditionHeld(() =>
    db()
      .entities.session.patch({ hash })
      .set({ usedAt: now.toISOString(), expires: endOf(new Date(createdAt), now) })
      .go(),
  );
}
