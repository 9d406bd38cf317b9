import { z } from "zod";
import { noteBounce } from "#lib/deliveries/note-bounce.ts";
import { asSystem } from "../system-handler.ts";

/** The fields that are read of an event that SES publishes to EventBridge ("Email Bounced" and similar). */
const MailEvent = z.object({
  detail: z.object({
    eventType: z.string(),
    mail: z.object({ tags: z.record(z.string(), z.array(z.string())).default({}) }),
    bounce: z.object({ bounceType: z.string(), bounceSubType: z.string() }).optional(),
  }),
});

/** Handles bounced mail. Ignores events about delays and about mail that was not sent to a recipient. */
export async function handler(event: unknown): Promise<void> {
  const { eventType, mail, bounce } = MailEvent.parse(event).detail;
  const tag = (name: string): string => mail.tags[name]?.[0] ?? "";
  const [workspaceId, transferId, deliveryId] = [tag("workspace"), tag("transfer"), tag("delivery")];
  const round = Number(tag("round"));
  const problem = problemOf(eventType, bounce);
  if (!problem || !workspaceId || !transferId || !deliveryId || !Number.isInteger(round)) return;
  await asSystem(workspaceId, (ctx) => noteBounce(ctx, { transferId, deliveryId, round, problem }));
}

type Bounce = { bounceType: string; bounceSubType: string };

/** A sentence for SES's codes ("Contents of event data that Amazon SES publishes"). */
function problemOf(eventType: string, bounce: Bounce | undefined): string | undefined {
  if (eventType === "Complaint") return "The recipient marked the mail as unwanted.";
  if (eventType === "Reject") return "Amazon SES refused the message because of what it contains.";
  if (eventType !== "Bounce" || !bounce) return undefined;
  const { bounceType, bounceSubType } = bounce;
  if (/Suppress/.test(bounceSubType))
    return "Mail to this address came back before, so Amazon SES does not send to it any more.";
  if (bounceSubType === "MailboxFull") return "The recipient's mailbox is full.";
  if (
    bounceSubType === "MessageTooLarge" ||
    bounceSubType === "ContentRejected" ||
    bounceSubType === "AttachmentRejected"
  )
    return "The recipient's mail server refused the message because of what it contains.";
  if (bounceType === "Transient")
    return "The recipient's mail server could not be reached, or did not take the mail in time.";
  return "The recipient's mail server says that there is no such address.";
}
