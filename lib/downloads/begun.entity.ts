import { Entity } from "electrodb";

/** How much of a transfer was begun to download within an hour, through one link or from one address. */
export const BegunEntity = new Entity({
  model: { service: "dormouse", entity: "begun", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** The hour in UTC, `2026-11-24T10`. */
    hour: { type: "string", required: true },
    /** `link#<id>`, or `address#<HMAC>`: the HMAC hides the address, and changes every hour. */
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
