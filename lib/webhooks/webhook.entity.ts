import { Entity } from "electrodb";
import { WEBHOOK_EVENTS } from "#lib/kernel/webhook-events.ts";

/** A URL of a receiver, which is told of events in the workspace. */
export const WebhookEntity = new Entity({
  model: { service: "dormouse", entity: "webhook", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    id: { type: "string", required: true },
    url: { type: "string", required: true },
    description: { type: "string", required: true },
    events: { type: "set", items: WEBHOOK_EVENTS, required: true },
    /** `whsec_` and 24 bytes or more in base64. It signs, so it is kept as it is. */
    secret: { type: "string", required: true },
    /** The secret before it, which signs as well until `previousUntil`. */
    previousSecret: { type: "string" },
    previousUntil: { type: "string" },
    /** False while somebody has paused it. */
    enabled: { type: "boolean", required: true },
    /** When the receiver answered 410 Gone: nothing is sent until somebody resumes it. */
    goneAt: { type: "string" },
    /** Since when a message has failed at every attempt, and none has been delivered. */
    failingSince: { type: "string" },
    createdAt: { type: "string", required: true },
  },
  indexes: {
    inWorkspace: {
      pk: { field: "pk", composite: ["workspaceId"], template: "ws#${workspaceId}#webhooks", casing: "none" },
      sk: { field: "sk", composite: ["id"], template: "webhook#${id}", casing: "none" },
    },
  },
});
