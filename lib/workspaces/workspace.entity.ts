import { Entity } from "electrodb";
import { LINK_PREVIEWS, SCAN_POLICIES, UNSCANNABLE_POLICIES } from "#lib/kernel/choices.ts";

/** An organisation. A deployment serves one to begin with; the id leads every key of what it owns. */
export const WorkspaceEntity = new Entity({
  model: { service: "dormouse", entity: "workspace", version: "1" },
  attributes: {
    id: { type: "string", required: true },
    name: { type: "string", required: true },
    /** When files open: after their scan (so where nothing is said), at once, or without any scan. */
    scanPolicy: { type: SCAN_POLICIES },
    /** Days for which what was deleted can be restored; `DEFAULT_TRASH_DAYS` where nothing is said. */
    trashDays: { type: "number" },
    /** What happens with files that can't be scanned; `deliver` where nothing is said. */
    unscannable: { type: UNSCANNABLE_POLICIES },
    /** In bytes; what is not named has no limit. */
    limits: {
      type: "map",
      properties: {
        file: { type: "number" },
        transfer: { type: "number" },
        member: { type: "number" },
        workspace: { type: "number" },
      },
    },
    /** Days after which a transfer ends where its sender says nothing; see `DEFAULT_EXPIRY_DAYS`. */
    expiryDays: { type: "number" },
    /** What previews of its links say; see `DEFAULT_LINK_PREVIEW`. */
    linkPreview: { type: LINK_PREVIEWS },
    createdAt: { type: "string", required: true },
    /** How often it was changed. */
    revision: { type: "number" },
  },
  indexes: {
    byId: {
      pk: { field: "pk", composite: ["id"], template: "ws#${id}", casing: "none" },
      sk: { field: "sk", composite: [], template: "workspace", casing: "none" },
    },
  },
});
