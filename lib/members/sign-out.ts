import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { deleteSession } from "./session.store.ts";

/** Ends the session whose token is given; whoever holds it may end it, and ending it twice is fine. */
export async function signOut(ctx: Ctx, input: { session: string }): Promise<void> {
  await deleteSession(input.session);
  logSecurity("signed-out", ctx);
}
