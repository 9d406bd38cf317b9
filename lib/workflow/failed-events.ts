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

/** How many events wait in the queue because their function failed each time it was tried. */
export async function countFailedEvents(ctx: Ctx): Promise<number> {
  requirePermission(ctx, "workspace:write");
  return await countWaiting();
}

/** Sends on what waits: its event source is enabled until the queue is empty, since one that looks costs money. */
export async function redriveFailedEvents(ctx: Ctx): Promise<number> {
  requirePermission(ctx, "workspace:write");
  const waiting = await countWaiting();
  if (waiting > 0) await enable(true);
  return waiting;
}

/** Lets the event source sleep again once nothing is left of the queue but the batch in hand. */
export async function stopRedriveWhenEmpty(ctx: Ctx, input: { inHand: number }): Promise<void> {
  requireSystem(ctx);
  if ((await countWaiting()) <= input.inHand) await enable(false);
}
