import { Entity } from "electrodb";
import { ACTIVITY_KINDS } from "#lib/kernel/activity-kinds.ts";

/** What happened to a transfer after it was sent, for its sender: repeated events share one entry per hour. */
export const ActivityEntity = new Entity({
  model: { service: "dormouse", entity: "activity", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** The hour in UTC, `2026-11-24T10`. */
    hour: { type: "string", required: true },
    kind: {
      type: ACTIVITY_KINDS,
      required: true,
    },
    /** A delivery's id, `anyone` for guests with the transfer's own link, or `sender`. */
    who: { type: "string", required: true },
    /** That person's name; absent for `anyone`. */
    name: { type: "string" },
    firstAt: { type: "string" },
    lastAt: { type: "string", required: true },
    /** Granted downloads in that hour. */
    count: { type: "number" },
    note: { type: "string" },
  },
  indexes: {
    inTransfer: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId"],
        template: "ws#${workspaceId}#transfer#${transferId}#activity",
        casing: "none",
      },
      sk: {
        field: "sk",
        composite: ["hour", "kind", "who"],
        template: "activity#${hour}#${kind}#${who}",
        casing: "none",
      },
    },
  },
});
