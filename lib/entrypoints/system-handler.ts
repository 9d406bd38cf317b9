import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { CountingMeter, withMeter } from "#lib/metering/meter.ts";
import type { RunRef } from "#lib/workflow/run.schema.ts";
import { unlessPurged } from "#lib/workflow/unless-purged.ts";

/** What Lambda passes to a handler about an invocation; the id stays the same when an event is retried. */
export type Invocation = { awsRequestId: string };

/** Acts for the workflow within one workspace. */
export function asSystem<R>(workspaceId: string, work: (ctx: Ctx) => Promise<R>): Promise<R> {
  const meter = new CountingMeter();
  const ctx: Ctx = { actor: { kind: "system", workspaceId }, clock: systemClock, meter };
  return withMeter(meter, () => work(ctx));
}

type Verb<T, R> = (ctx: Ctx, input: T) => Promise<R>;

/**
 * A handler of a step of the state machine: it parses the input, and acts in the workspace of the run. `nothing` is its
 * answer when the transfer was purged meanwhile, so that the following states have nothing to do.
 */
export const step =
  <T extends RunRef, R>(schema: { parse(input: unknown): T }, verb: Verb<T, R>, nothing: NoInfer<R>) =>
  (event: unknown): Promise<R> => {
    const input = schema.parse(event);
    return asSystem(input.workspaceId, (ctx) => unlessPurged(input, nothing, () => verb(ctx, input)));
  };
