import * as z from "zod";
import { type MessageType, WEBHOOK_EVENTS, type WebhookEvent } from "../kernel/webhook-events.ts";

const Url = z
  .string()
  .trim()
  .max(2000, "A URL has at most 2,000 characters.")
  .refine(
    (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
    "A webhook needs a URL that begins with https://.",
  )
  .refine((text) => {
    const url = URL.parse(text);
    return !url?.username && !url?.password;
  }, "A URL with a name and password in it is not used: the signature says who calls.")
  // What stands behind # is never sent.
  .transform((text) => text.replace(/#.*$/s, ""));
const Description = z.string().trim().max(100, "A description has at most 100 characters.");
const Events = z
  .array(z.enum(WEBHOOK_EVENTS))
  .min(1, "A webhook without an event is never called.")
  .transform((events) => WEBHOOK_EVENTS.filter((event) => events.includes(event)));
const WebhookId = z.string().regex(/^wh_[0-9A-Za-z]{22}$/, "This is not a webhook's id.");
const MessageId = z.string().regex(/^msg_[\w-]{1,60}$/, "This is not a message's id.");

export const CreateWebhook = z.object({ url: Url, events: Events, description: Description.default("") });
export type CreateWebhook = z.input<typeof CreateWebhook>;

export const WebhookRef = z.object({ id: WebhookId });
export type WebhookRef = z.infer<typeof WebhookRef>;

/** Changes what is named. `enabled: false` pauses it, and what happens meanwhile is not sent later. */
export const EditWebhook = WebhookRef.extend({
  url: Url.optional(),
  events: Events.optional(),
  description: Description.optional(),
  enabled: z.boolean().optional(),
});
export type EditWebhook = z.input<typeof EditWebhook>;

export const ListMessages = WebhookRef.extend({ cursor: z.string().max(2048).optional() });
export type ListMessages = z.infer<typeof ListMessages>;

export const MessageRef = z.object({ webhookId: WebhookId, id: MessageId });
export type MessageRef = z.infer<typeof MessageRef>;

/** `failing`: the last message failed at every attempt. `gone`: the receiver answered 410, so that nothing is sent. */
export const WEBHOOK_STATES = ["active", "failing", "paused", "gone"] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** A webhook as it is shown. Times are ISO 8601 in UTC. */
export type WebhookView = {
  id: string;
  url: string;
  description: string;
  events: WebhookEvent[];
  state: WebhookState;
  createdAt: string;
  failingSince?: string;
  /** Until when the secret before this one signs as well. */
  previousSecretUntil?: string;
};

export const MESSAGE_STATES = ["waiting", "trying", "delivered", "failed"] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** One request: when it was sent, how long it took in milliseconds, and the status or what went wrong. */
export type AttemptView = { at: string; ms: number; status?: number; error?: string };

/** What was sent to a webhook; `attempts`, the oldest first. */
export type MessageView = {
  id: string;
  type: MessageType;
  state: MessageState;
  createdAt: string;
  nextAttemptAt?: string;
  attempts: AttemptView[];
};
