import { UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { lambda } from "#lib/adapters/lambda.ts";
import { resources } from "#lib/adapters/resources.ts";
import { sqs } from "#lib/adapters/sqs.ts";
import { requirePermission, requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";

async function countWaiting(): Promise<number> {
  const { Attributes = {} } = await sqs().send(
    new GetQueueAttributesCommand({
      QueueUrl: resources.failedQueue,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

const enable = (Enabled: boolean) =>
  lambda().send(new UpdateEventSourceMappingCommand({ UUID: resources.redrive, Enabled }));

/** Number of events in the queue whose function failed in every attempt. */
export async function countFailedEvents(ctx: Ctx): Promise<number> {
  requirePermission(ctx, "workspace:write");
  return await countWaiting();
}

/**
 * Redrives the queue: enables its event source until the queue is empty. An enabled event source polls, which costs
 * money.
 */
export async function redriveFailedEvents(ctx: Ctx): Promise<number> {
  requirePermission(ctx, "workspace:write");
  const waiting = await countWaiting();
  if (waiting > 0) await enable(true);
  return waiting;
}

/** Disables the event source once the queue is empty, except for the batch being processed. */
export async function stopRedriveWhenEmpty(ctx: Ctx, input: { inHand: number }): Promise<void> {
  requireSystem(ctx);
  if ((await countWaiting()) <= input.inHand) await enable(false);
}
