import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { CountingMeter, withMeter } from "#lib/metering/meter.ts";
import type { RunRef } from "#lib/workflow/run.schema.ts";
import { unlessPurged } from "#lib/workflow/unless-purged.ts";

/** What Lambda tells a handler of an invocation; the id stays the same when an event is tried again. */
export type Invocation = { awsRequestId: string };

/** Acts for the workflow within one workspace. */
export function asSystem<R>(workspaceId: string, work: (ctx: Ctx) => Promise<R>): Promise<R> {
  const meter = new CountingMeter();
  const ctx: Ctx = { actor: { kind: "system", workspaceId }, clock: systemClock, meter };
  return withMeter(meter, () => work(ctx));
}

type Verb<T, R> = (ctx: Ctx, input: T) => Promise<R>;

/**
 * A step of the state machine: its input is parsed, and it acts in the workspace that the run belongs to. `nothing` is
 * what it answers of a transfer that was deleted for good meanwhile: the states that follow then have nothing to do.
 */
export const step =
  <T extends RunRef, R>(schema: { parse(input: unknown): T }, verb: Verb<T, R>, nothing: NoInfer<R>) =>
  (event: unknown): Promise<R> => {
    const input = schema.parse(event);
    return asSystem(input.workspaceId, (ctx) => unlessPurged(input, nothing, () => verb(ctx, input)));
  };
