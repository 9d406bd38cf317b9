import { Entity } from "electrodb";

/**
 * A counted download of one file by one visitor: until its end that visitor's repeated requests belong to it. A visitor
 * is a browser, known by a cookie of the link; nothing else is stored.
 */
export const TakingEntity = new Entity({
  model: { service: "dormouse", entity: "taking", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    visitor: { type: "string", required: true },
    ordinal: { type: "number", required: true, padding: { length: 7, char: "0" } },
    /** When repeated requests count as a new download. */
    until: { type: "string", required: true },
    /** Number of requests, including the first. */
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
