import { Entity } from "electrodb";

/** What was begun of a transfer's files within an hour, through one link or from one address. */
export const BegunEntity = new Entity({
  model: { service: "dormouse", entity: "begun", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** The hour in UTC, `2026-11-24T10`. */
    hour: { type: "string", required: true },
    /** `link#<id>`, or `address#<HMAC>`: nobody can tell the address from it, or that it is the next hour's. */
    who: { type: "string", required: true },
    files: { type: "number", required: true },
    bytes: { type: "number", required: true },
    /** Seconds since 1970, after the hour: the table's TTL. */
    forgetAt: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    ofTransfer: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId"],
        template: "ws#${workspaceId}#transfer#${transferId}#begun",
        casing: "none",
      },
      sk: { field: "sk", composite: ["hour", "who"], template: "begun#${hour}#${who}", casing: "none" },
    },
  },
});
