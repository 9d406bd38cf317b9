import { Entity } from "electrodb";
import { MESSAGE_TYPES } from "#lib/kernel/webhook-events.ts";

/** An event for one webhook: what is sent, and each attempt to send it. */
export const WebhookMessageEntity = new Entity({
  model: { service: "dormouse", entity: "webhookMessage", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    webhookId: { type: "string", required: true },
    /** The `webhook-id` of every attempt, by which receivers know a repetition. Made from the event and the webhook. */
    id: { type: "string", required: true },
    type: { type: MESSAGE_TYPES, required: true },
    /** The body of the request, byte for byte the same in every attempt. */
    payload: { type: "string", required: true },
    /** `waiting`: the stream hands it to the function that sends; `trying`: there will be another attempt. */
    state: { type: ["waiting", "trying", "delivered", "failed"] as const, required: true },
    /** Counts how often it was set to `waiting`: first by the event, then by people and by the sweep. */
    round: { type: "number", required: true },
    /** Failed attempts in this round. */
    tries: { type: "number", required: true },
    nextAttemptAt: { type: "string" },
    /** The latest attempts, the oldest first. */
    attempts: {
      type: "list",
      required: true,
      items: {
        type: "map",
        properties: {
          at: { type: "string", required: true },
          ms: { type: "number", required: true },
          /** Of the answer; absent where none came. */
          status: { type: "number" },
          error: { type: "string" },
        },
      },
    },
    /** Which caller sends it, and until when no other does (`lib/db/lease.ts`). */
    leasedBy: { type: "string" },
    leasedUntil: { type: "string" },
    createdAt: { type: "string", required: true },
    /** Seconds since 1970: the table's TTL. */
    expires: { type: "number", field: "ttl", required: true },
  },
  indexes: {
    ofWebhook: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "webhookId"],
        template: "ws#${workspaceId}#webhook#${webhookId}",
        casing: "none",
      },
      sk: { field: "sk", composite: ["id"], template: "message#${id}", casing: "none" },
    },
    newest: {
      index: "gsi1",
      pk: {
        field: "gsi1pk",
        composite: ["workspaceId", "webhookId"],
        template: "ws#${workspaceId}#webhook#${webhookId}",
        casing: "none",
      },
      sk: { field: "gsi1sk", composite: ["createdAt", "id"], template: "${createdAt}#${id}", casing: "none" },
    },
  },
});
