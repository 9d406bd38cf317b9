import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { deleteSession } from "./session.store.ts";

/** Ends the session with this token. Ending it twice is no error. */
export async function signOut(ctx: Ctx, input: { session: string }): Promise<void> {
  await deleteSession(input.session);
  logSecurity("signed-out", ctx);
}
