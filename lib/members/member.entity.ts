import { Entity } from "electrodb";
import { ROLES } from "#lib/kernel/ctx.ts";

/** A signed-in person of a workspace. */
export const MemberEntity = new Entity({
  model: { service: "dormouse", entity: "member", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    id: { type: "string", required: true },
    name: { type: "string", required: true },
    role: { type: ROLES, required: true },
    /** Address for notices of downloads and of undelivered mail; absent unless the member has given one. */
    email: { type: "string" },
    /** Whether recipients see that address, so that they can reply. */
    replies: { type: "boolean" },
    createdAt: { type: "string", required: true },
  },
  indexes: {
    byId: {
      pk: { field: "pk", composite: ["workspaceId"], template: "ws#${workspaceId}", casing: "none" },
      sk: { field: "sk", composite: ["id"], template: "member#${id}", casing: "none" },
    },
  },
});
