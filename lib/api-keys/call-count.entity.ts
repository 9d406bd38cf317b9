import { Entity } from "electrodb";

/** How often a key was used within a minute. In no index, so that counting a call costs one write unit. */
export const CallCountEntity = new Entity({
  model: { service: "dormouse", entity: "callCount", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    keyId: { type: "string", required: true },
    /** The minute in UTC, `2026-11-24T10:05`. */
    minute: { type: "string", required: true },
    calls: { type: "number", required: true },
    /** Seconds since 1970, after the minute: the table's TTL. */
    forgetAt: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    ofKey: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "keyId", "minute"],
        template: "ws#${workspaceId}#key#${keyId}#calls#${minute}",
        casing: "none",
      },
      sk: { field: "sk", composite: [], template: "calls", casing: "none" },
    },
  },
});
