import type { Ctx } from "#lib/kernel/ctx.ts";
import { deleteSession } from "./session.store.ts";

/** Ends the session whose token is given; whoever holds it may end it, and ending it twice is fine. */
export async function signOut(_ctx: Ctx, input: { session: string }): Promise<void> {
  await deleteSession(input.session);
}
