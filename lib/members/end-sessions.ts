import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { EndSessions } from "./member.schema.ts";
import { deleteMemberSessions } from "./session.store.ts";

/**
 * Signs the member out in other browsers: in one, by the session's id, or in all but the current one. Returns how many
 * sessions were ended; one that has expired is no error.
 */
export async function endSessions(ctx: Ctx, input: EndSessions): Promise<number> {
  const { actor } = requirePermission(ctx, "profile:write");
  const { id } = EndSessions.parse(input);
  const chosen = (found: string) => (id === undefined ? found !== actor.sessionId : found === id);
  const ended = await deleteMemberSessions(actor, ctx.clock.now(), chosen);
  logSecurity("sessions-ended", ctx, { ended });
  return ended;
}
