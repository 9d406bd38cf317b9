import { Entity } from "electrodb";

/** One recipient of a transfer: the address, a link of its own, and what the recipient has done. */
export const DeliveryEntity = new Entity({
  model: { service: "dormouse", entity: "delivery", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** Derived from the transfer and the address, so adding someone twice finds the same row. */
    id: { type: "string", required: true },
    /** Its position in the list of recipients. */
    position: { type: "number", required: true },
    email: { type: "string", required: true },
    name: { type: "string" },
    linkId: { type: "string", required: true },
    linkVersion: { type: "number", required: true },
    state: { type: ["waiting", "mailed", "bounced"] as const, required: true },
    /** Counted from 1. Each resending is another round, and each round is mailed once. */
    round: { type: "number", required: true },
    /** When its link was closed. */
    revokedAt: { type: "string" },
    createdAt: { type: "string", required: true },
    mailedAt: { type: "string" },
    openedAt: { type: "string" },
    /** The first and the latest granted download. */
    downloadedAt: { type: "string" },
    lastDownloadAt: { type: "string" },
    /**
     * Number of granted downloads, and the distinct files as ranges of ordinals (`0-99,105`), with their count and
     * size.
     */
    downloads: { type: "number", required: true, default: 0 },
    got: { type: "string", required: true, default: "" },
    files: { type: "number", required: true, default: 0 },
    bytes: { type: "number", required: true, default: 0 },
    /** One sentence for people: why it was not mailed, or could not be delivered. */
    problem: { type: "string" },
  },
  indexes: {
    inTransfer: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId"],
        template: "ws#${workspaceId}#transfer#${transferId}#deliveries",
        casing: "none",
      },
      sk: { field: "sk", composite: ["id"], template: "delivery#${id}", casing: "none" },
    },
  },
});
