import { Entity } from "electrodb";

/** A browser's sign-in, found by the SHA-256 of its cookie, so that the table does not contain the cookie itself. */
export const SessionEntity = new Entity({
  model: { service: "dormouse", entity: "session", version: "1" },
  attributes: {
    hash: { type: "string", required: true },
    workspaceId: { type: "string", required: true },
    memberId: { type: "string", required: true },
    /** A description of the browser by its own statement: "Firefox on Windows". */
    device: { type: "string" },
    createdAt: { type: "string", required: true },
    /** When it was last used, to the hour. */
    usedAt: { type: "string" },
    /** Seconds since 1970, extended by each use: checked at every read, and the table's TTL. */
    expires: { type: "number", required: true, field: "ttl" },
  },
  indexes: {
    byHash: {
      pk: { field: "pk", composite: ["hash"], template: "session#${hash}", casing: "none" },
      sk: { field: "sk", composite: [], template: "session", casing: "none" },
    },
    ofMember: {
      index: "gsi1",
      pk: {
        field: "gsi1pk",
        composite: ["workspaceId", "memberId"],
        template: "ws#${workspaceId}#member#${memberId}#sessions",
        casing: "none",
      },
      sk: { field: "gsi1sk", composite: ["createdAt", "hash"], template: "${createdAt}#${hash}", casing: "none" },
    },
  },
});
