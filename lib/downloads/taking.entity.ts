import { Entity } from "electrodb";

/**
 * A download of one file by one visitor that a limit has counted: until its end that visitor's further tries go on with
 * it. A visitor is a browser, by a cookie of the link's; nothing else is known of it.
 */
export const TakingEntity = new Entity({
  model: { service: "dormouse", entity: "taking", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    visitor: { type: "string", required: true },
    ordinal: { type: "number", required: true, padding: { length: 7, char: "0" } },
    /** When further tries count anew. */
    until: { type: "string", required: true },
    /** Times that it was tried; the first is one. */
    tries: { type: "number", required: true },
    /** Seconds since 1970, after `until`: the table's TTL. */
    forgetAt: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    ofVisitor: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId", "visitor"],
        template: "ws#${workspaceId}#transfer#${transferId}#visitor#${visitor}",
        casing: "none",
      },
      sk: { field: "sk", composite: ["ordinal"], template: "taking#${ordinal}", casing: "none" },
    },
  },
});
