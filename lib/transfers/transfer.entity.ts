import { Entity } from "electrodb";
import { SCAN_POLICIES, UNSCANNABLE_POLICIES } from "#lib/kernel/choices.ts";

const amount = { type: "map", properties: { files: { type: "number" }, bytes: { type: "number" } } } as const;

/** Files that are sent together. The state `expired` is not stored but derived from `expiresAt` at every read. */
export const TransferEntity = new Entity({
  model: { service: "dormouse", entity: "transfer", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    id: { type: "string", required: true },
    state: { type: ["draft", "uploading", "sealed", "ready", "deleted"] as const, required: true },
    /**
     * Keys of the lists that it is in: `transfers` or `trash` of the workspace; the sender's id, or that and `#trash`.
     */
    shelf: { type: ["transfers", "trash"] as const, required: true },
    senderShelf: { type: "string", required: true },
    /** The state to return to when it is restored. */
    stateBeforeDeletion: { type: ["draft", "uploading", "sealed", "ready"] as const },
    title: { type: "string", required: true },
    message: { type: "string", required: true },
    senderId: { type: "string", required: true },
    senderName: { type: "string", required: true },
    workspaceName: { type: "string", required: true },
    linkId: { type: "string", required: true },
    linkVersion: { type: "number", required: true },
    /** Number of ordinals reserved so far, which is the next file's ordinal. */
    nextOrdinal: { type: "number", required: true },
    /** As reserved by senders; set to the number of files when the transfer is sealed. */
    fileCount: { type: "number", required: true },
    /** Sum of the files' sizes in bytes, set like `fileCount`. */
    bytes: { type: "number", required: true },
    /** Numbers of its files by state, as last counted; files reserved since then are still to come. */
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
    /** How often the files were counted: a caller whose count is overtaken counts again. */
    counts: { type: "number" },
    /** Path of the first reserved file: a transfer without a title is named after it. */
    firstPath: { type: "string" },
    /** The first visible picture of its files, `<ordinal>/<rendition>`; empty if there is none. */
    picture: { type: "string" },
    /** Ordinals, as ranges, of files that were downloaded and can't be downloaded any more. */
    takenBack: { type: "string" },
    /** The newest reservation, so that a repeated one gets the same answer. */
    lastBatch: { type: "string" },
    lastBatchFirst: { type: "number" },
    /** The workspace's scan policy when the transfer was made; `before` if absent. */
    scanPolicy: { type: SCAN_POLICIES },
    /** What happens to files that can't be scanned; `deliver` if absent. */
    unscannable: { type: UNSCANNABLE_POLICIES },
    /** Waves of files for which a run was begun. */
    waves: { type: "number" },
    /** The wave whose run is under way. */
    activeWave: { type: "number" },
    /** Which caller reconciles the transfer, and until when no other does (`lib/db/lease.ts`). */
    leasedBy: { type: "string" },
    leasedUntil: { type: "string" },
    /**
     * Something happened while another caller had the lease, who must look again: there may be files that no run
     * covers.
     */
    recheckAt: { type: "string" },
    /** Recipients that were added; kept here so that their number is exact. */
    recipientCount: { type: "number" },
    /** Recipients who have downloaded something, counted when each did for the first time. */
    collectedCount: { type: "number" },
    /** This deployment's address, for links in mail. */
    origin: { type: "string" },
    /** How often each file may be downloaded; 0 or absent for any number. */
    downloadLimit: { type: "number" },
    createdAt: { type: "string", required: true },
    expiresAt: { type: "string", required: true },
    deletedAt: { type: "string" },
    /** Until when it can be restored; then its files are purged. */
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
