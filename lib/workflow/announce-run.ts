import { requireSystem } from "#lib/auth/permissions.ts";
import { type Announcement, announceTransfer } from "#lib/deliveries/announce-transfer.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { StepInput } from "./run.schema.ts";
import { getRun } from "./run.store.ts";
import { beginStep, endStep } from "./step.store.ts";

const OUTCOMES = { done: "succeeded", waiting: "skipped", failed: "failed" } as const;

/**
 * The run's step that mails people. If a mail can't be sent, only this step fails and not the run: the files are
 * published, and the links work.
 */
export async function announceRun(ctx: Ctx, input: StepInput): Promise<Announcement> {
  const step = { ...input, ...requireSystem(ctx) };
  await getRun(step);
  await beginStep(step, ctx.clock.now());
  const announcement = await announceTransfer(ctx, { transferId: input.transferId });
  const { outcome, sentence } = announcement;
  await endStep(step, { outcome: OUTCOMES[outcome], message: sentence }, ctx.clock.now());
  return announcement;
}
