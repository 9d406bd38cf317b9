import { z } from "zod";
import { stopRedriveWhenEmpty } from "#lib/workflow/failed-events.ts";
import { asSystem, type Invocation } from "../system-handler.ts";
import { handler as deadlines } from "./deadlines.ts";
import { handler as objects } from "./objects.ts";

/**
 * What Lambda wrote to the queue of failed events after an asynchronous invocation ("Destinations" in the Lambda
 * guide).
 */
const Failed = z.object({
  requestContext: z.object({ requestId: z.string(), functionArn: z.string() }),
  requestPayload: z.unknown().optional(),
});
const Messages = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

const HANDLERS: Record<string, (event: unknown, invocation: Invocation) => Promise<unknown>> = { objects, deadlines };

/**
 * Redrives failed events. An event of the table's stream has no payload; the sweep covers it. Returns the messages that
 * failed again, so that only those stay in the queue.
 */
export async function handler(event: unknown): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> {
  const { Records } = Messages.parse(event);
  const failed: string[] = [];
  for (const { messageId, body } of Records) {
    try {
      await again(JSON.parse(body));
    } catch (error) {
      console.error(error);
      failed.push(messageId);
    }
  }
  await asSystem("", (ctx) => stopRedriveWhenEmpty(ctx, { inHand: Records.length - failed.length }));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function again(message: unknown): Promise<void> {
  const { requestContext, requestPayload } = Failed.parse(message);
  // Functions are named `dormouse-<stage>-objects…` on AWS and `objects` on one machine.
  const name = Object.keys(HANDLERS).find((known) =>
    new RegExp(`[:-]${known}\\b`, "i").test(requestContext.functionArn),
  );
  if (!name || requestPayload === undefined) return;
  await HANDLERS[name]?.(requestPayload, { awsRequestId: requestContext.requestId });
}
