import { Entity } from "electrodb";

/** Opens a transfer for guests. Raising `version` revokes every token made before. */
export const LinkEntity = new Entity({
  model: { service: "dormouse", entity: "link", version: "1" },
  attributes: {
    id: { type: "string", required: true },
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    version: { type: "number", required: true },
    createdAt: { type: "string", required: true },
  },
  indexes: {
    byId: {
      pk: { field: "pk", composite: ["id"], template: "link#${id}", casing: "none" },
      sk: { field: "sk", composite: [], template: "link", casing: "none" },
    },
  },
});
