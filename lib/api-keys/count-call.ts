import type { Ctx } from "#lib/kernel/ctx.ts";
import { NotSignedIn } from "#lib/kernel/errors.ts";
import { addCall } from "./call-count.store.ts";

/** Calls of a key within a minute of the clock. */
export const CALLS_PER_MINUTE = 600;
const MINUTE_SECONDS = 60;

/** `remaining` calls are left for `reset` seconds; with `exceeded`, this one was too many. */
export type CallCount = { limit: number; remaining: number; reset: number; windowSeconds: number; exceeded: boolean };

/** Counts a call of the key with which the caller acts, whatever becomes of it. It costs one write. */
export async function countCall(ctx: Ctx): Promise<CallCount> {
  const { actor, clock } = ctx;
  if (actor.kind !== "member" || !actor.key) throw new NotSignedIn();
  const now = clock.now();
  const calls = await addCall(actor.workspaceId, actor.key.id, now);
  return {
    limit: CALLS_PER_MINUTE,
    remaining: Math.max(0, CALLS_PER_MINUTE - calls),
    reset: MINUTE_SECONDS - now.getUTCSeconds(),
    windowSeconds: MINUTE_SECONDS,
    exceeded: calls > CALLS_PER_MINUTE,
  };
}
