import { Entity } from "electrodb";
import { KEY_SCOPES } from "#lib/kernel/ctx.ts";

/** A key of the program interface, found by its SHA-256, so that the table does not hold what opens the door. */
export const ApiKeyEntity = new Entity({
  model: { service: "dormouse", entity: "apiKey", version: "1" },
  attributes: {
    hash: { type: "string", required: true },
    workspaceId: { type: "string", required: true },
    memberId: { type: "string", required: true },
    name: { type: "string", required: true },
    /** Its first characters, by which a person knows it again. */
    hint: { type: "string", required: true },
    /** Where the pages were when it was made: links that a program is given begin with it. */
    origin: { type: "string" },
    scopes: { type: "set", items: KEY_SCOPES, required: true },
    createdAt: { type: "string", required: true },
    /** When it was last used, to the hour. */
    usedAt: { type: "string" },
    /** Seconds since 1970: checked at every use, and the table's TTL. Absent where it does not end by itself. */
    expires: { type: "number", field: "ttl" },
  },
  indexes: {
    byHash: {
      pk: { field: "pk", composite: ["hash"], template: "key#${hash}", casing: "none" },
      sk: { field: "sk", composite: [], template: "key", casing: "none" },
    },
    ofWorkspace: {
      index: "gsi1",
      pk: { field: "gsi1pk", composite: ["workspaceId"], template: "ws#${workspaceId}#keys", casing: "none" },
      sk: {
        field: "gsi1sk",
        composite: ["memberId", "createdAt", "hash"],
        template: "${memberId}#${createdAt}#${hash}",
        casing: "none",
      },
    },
  },
});
