import { Entity } from "electrodb";
import { SCAN_POLICIES, UNSCANNABLE_POLICIES } from "#lib/kernel/choices.ts";

const amount = { type: "map", properties: { files: { type: "number" }, bytes: { type: "number" } } } as const;

/** Files that travel together. `expired` is not stored but derived from `expiresAt` at every read. */
export const TransferEntity = new Entity({
  model: { service: "dormouse", entity: "transfer", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    id: { type: "string", required: true },
    state: { type: ["draft", "uploading", "sealed", "ready", "deleted"] as const, required: true },
    /** Keys of the lists it is in: `transfers` or `trash` of the workspace; the sender's id, or that and `#trash`. */
    shelf: { type: ["transfers", "trash"] as const, required: true },
    senderShelf: { type: "string", required: true },
    /** The state to return to when a deletion is taken back. */
    stateBeforeDeletion: { type: ["draft", "uploading", "sealed", "ready"] as const },
    title: { type: "string", required: true },
    message: { type: "string", required: true },
    senderId: { type: "string", required: true },
    senderName: { type: "string", required: true },
    workspaceName: { type: "string", required: true },
    linkId: { type: "string", required: true },
    linkVersion: { type: "number", required: true },
    /** Ordinals handed out so far: the next file gets this one. */
    nextOrdinal: { type: "number", required: true },
    /** Reserved by senders; set exactly from the files when the transfer is sealed. */
    fileCount: { type: "number", required: true },
    /** Sum of the files' sizes in bytes, as `fileCount`. */
    bytes: { type: "number", required: true },
    /** Its files by how they stand, as they were counted last; what was reserved since is still to come. */
    counted: {
      type: "map",
      properties: {
        coming: amount,
        checking: amount,
        ready: amount,
        blocked: amount,
        failed: amount,
        cancelled: amount,
        removed: amount,
      },
    },
    /** How often they were counted: who began to count before another was done counts again. */
    counts: { type: "number" },
    /** Path of the first file that is meant to be sent: what a transfer without a title is named after. */
    firstPath: { type: "string" },
    /** The first picture of its files that may be seen, `<ordinal>/<rendition>`; empty where there is none. */
    picture: { type: "string" },
    /** Ordinals, as ranges, of files that were downloaded and can't be had any more. */
    takenBack: { type: "string" },
    /** The newest reservation, so that repeating it is answered alike. */
    lastBatch: { type: "string" },
    lastBatchFirst: { type: "number" },
    /** The workspace's at the time; `before` where nothing is said. */
    scanPolicy: { type: SCAN_POLICIES },
    /** What happens with files that can't be scanned; `deliver` where nothing is said. */
    unscannable: { type: UNSCANNABLE_POLICIES },
    /** Waves of files for which a run was begun. */
    waves: { type: "number" },
    /** The wave whose run is under way. */
    activeWave: { type: "number" },
    /** Who reconciles it now, and until when nobody else does (`lib/db/lease.ts`). */
    leasedBy: { type: "string" },
    leasedUntil: { type: "string" },
    /** Something happened while another had the lease, who is to look once more: files may be there that no run covers. */
    recheckAt: { type: "string" },
    /** Recipients that were added, so that their number is exact. */
    recipientCount: { type: "number" },
    /** Recipients who have downloaded something, as their rows said when one did for the first time. */
    collectedCount: { type: "number" },
    /** Where people reach this deployment, for links in mail. */
    origin: { type: "string" },
    /** How often each file may be downloaded; 0 or nothing is as often as anyone likes. */
    downloadLimit: { type: "number" },
    createdAt: { type: "string", required: true },
    expiresAt: { type: "string", required: true },
    deletedAt: { type: "string" },
    /** Until when a deletion can be taken back; then the files go. */
    purgeAt: { type: "string" },
    purgedAt: { type: "string" },
    /** Seconds since 1970, set when the bytes are gone: the table's TTL. */
    forgetAt: { type: "number", field: "ttl" },
  },
  indexes: {
    byId: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "id"],
        template: "ws#${workspaceId}#transfer#${id}",
        casing: "none",
      },
      sk: { field: "sk", composite: [], template: "transfer", casing: "none" },
    },
    byWorkspace: {
      index: "gsi1",
      pk: {
        field: "gsi1pk",
        composite: ["workspaceId", "shelf"],
        template: "ws#${workspaceId}#${shelf}",
        casing: "none",
      },
      sk: { field: "gsi1sk", composite: ["createdAt", "id"], template: "${createdAt}#${id}", casing: "none" },
    },
    bySender: {
      index: "gsi2",
      pk: {
        field: "gsi2pk",
        composite: ["workspaceId", "senderShelf"],
        template: "ws#${workspaceId}#sender#${senderShelf}",
        casing: "none",
      },
      sk: { field: "gsi2sk", composite: ["createdAt", "id"], template: "${createdAt}#${id}", casing: "none" },
    },
  },
});
