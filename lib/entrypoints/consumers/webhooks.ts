import * as z from "zod";
import { deliverMessage } from "#lib/webhooks/deliver-message.ts";
import { asSystem, type Invocation } from "../system-handler.ts";

const Message = z.object({ workspaceId: z.string(), webhookId: z.string(), id: z.string() });

/** Sends a message to its webhook. The event is only a signal: the verb reads the row before it does anything. */
export async function handler(event: unknown, { awsRequestId }: Invocation): Promise<void> {
  const { workspaceId, ...message } = Message.parse(event);
  await asSystem(workspaceId, (ctx) => deliverMessage(ctx, { ...message, token: awsRequestId }));
}
