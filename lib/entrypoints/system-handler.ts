import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { CountingMeter, withMeter } from "#lib/metering/meter.ts";

/** What Lambda tells a handler of an invocation; the id stays the same when an event is tried again. */
export type Invocation = { awsRequestId: string };

/** Acts for the workflow within one workspace. */
export function asSystem<R>(workspaceId: string, work: (ctx: Ctx) => Promise<R>): Promise<R> {
  const meter = new CountingMeter();
  const ctx: Ctx = { actor: { kind: "system", workspaceId }, clock: systemClock, meter };
  return withMeter(meter, () => work(ctx));
}

type Verb<T, R> = (ctx: Ctx, input: T) => Promise<R>;

/** A step of the state machine: its input is parsed, and it acts in the workspace that the run belongs to. */
export const step =
  <T extends { workspaceId: string }, R>(schema: { parse(input: unknown): T }, verb: Verb<T, R>) =>
  (event: unknown): Promise<R> => {
    const input = schema.parse(event);
    return asSystem(input.workspaceId, (ctx) => verb(ctx, input));
  };
