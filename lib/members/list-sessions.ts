import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { listMemberSessions, type Session } from "./session.store.ts";

/** The member's sessions: the current one first (`current`), then the newest. */
export async function listSessions(ctx: Ctx): Promise<(Session & { current: boolean })[]> {
  const { actor } = requirePermission(ctx, "profile:write");
  const sessions = await listMemberSessions(actor, ctx.clock.now());
  return sessions
    .map((session) => ({ ...session, current: session.id === actor.sessionId }))
    .sort((a, b) => Number(b.current) - Number(a.current));
}
