import { createHash } from "node:crypto";
import { db } from "#lib/db/service.ts";
import type { MemberActor } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { epochSeconds } from "#lib/kernel/time.ts";

/** How long a browser stays signed in, in seconds. */
export const SESSION_SECONDS = 30 * 24 * 3600;

const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** Signs a member in; answers the cookie's value, of which only the hash is kept. */
export async function insertSession(member: { workspaceId: string; memberId: string }, now: Date): Promise<string> {
  const token = randomToken(43);
  await db()
    .entities.session.create({
      hash: hashOf(token),
      ...member,
      createdAt: now.toISOString(),
      expires: epochSeconds(now) + SESSION_SECONDS,
    })
    .go();
  return token;
}

export async function deleteSession(token: string): Promise<void> {
  await db()
    .entities.session.delete({ hash: hashOf(token) })
    .go();
}

/** The member behind a cookie, with the role of this moment: a member who is gone is signed out everywhere. */
export async function findSessionMember(token: string, now: Date): Promise<MemberActor | undefined> {
  const { session, member } = db().entities;
  const { data: found } = await session.get({ hash: hashOf(token) }).go();
  if (!found || found.expires <= epochSeconds(now)) return undefined;
  const { workspaceId, memberId } = found;
  const { data } = await member.get({ workspaceId, id: memberId }).go();
  return data ? { kind: "member", workspaceId, memberId, name: data.name, role: data.role } : undefined;
}
