import { Entity } from "electrodb";

/** Opens a transfer for guests. Raising `version` revokes every token made before. */
export const LinkEntity = new Entity({
  model: { service: "dormouse", entity: "link", version: "1" },
  attributes: {
    id: { type: "string", required: true },
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** Of a personal link: whose it is. */
    deliveryId: { type: "string" },
    version: { type: "number", required: true },
    createdAt: { type: "string", required: true },
    /** Seconds since 1970, set when the transfer's bytes are gone: the table's TTL. */
    forgetAt: { type: "number", field: "ttl" },
  },
  indexes: {
    byId: {
      pk: { field: "pk", composite: ["id"], template: "link#${id}", casing: "none" },
      sk: { field: "sk", composite: [], template: "link", casing: "none" },
    },
  },
});
