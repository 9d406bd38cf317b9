import { Entity } from "electrodb";

/** The one row that says which workspace this deployment serves and who owns it; made by the first sign-in. */
export const DeploymentEntity = new Entity({
  model: { service: "dormouse", entity: "deployment", version: "1" },
  attributes: {
    id: { type: ["main"] as const, required: true, default: "main" },
    workspaceId: { type: "string", required: true },
    ownerId: { type: "string", required: true },
  },
  indexes: {
    main: {
      pk: { field: "pk", composite: ["id"], template: "deployment#${id}", casing: "none" },
      sk: { field: "sk", composite: [], template: "deployment", casing: "none" },
    },
  },
});
