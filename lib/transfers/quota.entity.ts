import { Entity } from "electrodb";

/** Bytes that a member, or all members of a workspace together, have reserved and not given back. */
export const QuotaEntity = new Entity({
  model: { service: "dormouse", entity: "quota", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    /** A member's id, or `workspace`. */
    holder: { type: "string", required: true },
    bytes: { type: "number", required: true },
  },
  indexes: {
    byHolder: {
      pk: { field: "pk", composite: ["workspaceId"], template: "ws#${workspaceId}#quotas", casing: "none" },
      sk: { field: "sk", composite: ["holder"], template: "quota#${holder}", casing: "none" },
    },
  },
});
