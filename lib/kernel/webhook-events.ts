/** What a webhook can be told of. */
export const WEBHOOK_EVENTS = [
  "transfer.ready",
  "transfer.blocked",
  "transfer.opened",
  "transfer.downloaded",
  "transfer.expired",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** The types of messages: the events, and what somebody sends to see whether it arrives. */
export const MESSAGE_TYPES = [...WEBHOOK_EVENTS, "webhook.test"] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];
