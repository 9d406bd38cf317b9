import { Entity } from "electrodb";
import { FILE_KINDS } from "#lib/kernel/file-kind.ts";
import { FILE_STATES, REMOVABLE_STATES } from "#lib/kernel/file-states.ts";

/** Files in a chunk: one partition contains a thousand, so that no partition grows with the transfer. */
export const FILES_PER_CHUNK = 1000;

/** A file of a transfer. It is in no index, so that registering one costs one write unit. */
export const FileEntity = new Entity({
  model: { service: "dormouse", entity: "file", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** Zero-padded in the key, so that files are sorted. */
    ordinal: { type: "number", required: true, padding: { length: 7, char: "0" } },
    /** `chunkOf(ordinal)`. */
    chunk: { type: "number", required: true },
    path: { type: "string", required: true },
    size: { type: "number", required: true },
    type: { type: "string", required: true },
    lastModified: { type: "number" },
    partSize: { type: "number", required: true },
    state: { type: FILE_STATES, required: true },
    /** For a removed file: the state to return to, and until when. */
    stateBeforeRemoval: { type: REMOVABLE_STATES },
    purgeAt: { type: "string" },
    /** Set before its bytes are deleted; from then on it can't be restored. */
    purgedAt: { type: "string" },
    /** Set when its bytes are gone. */
    goneAt: { type: "string" },
    /** The reservation that created this row. */
    batch: { type: "string", required: true },
    /** Id of the multipart upload, once it has begun. */
    uploadId: { type: "string" },
    /** CRC64NVME of the whole in base64, as S3 confirmed it. */
    crc64: { type: "string" },
    storedAt: { type: "string" },
    /** Counted downloads, which a download limit is compared with. */
    downloads: { type: "number" },
    /** When the last of its signed URLs expires that live longer than a minute; the stored time may be later. */
    openUntil: { type: "string" },
    /** The tag that its object has in S3; absent if all signed URLs open it. */
    access: { type: ["closed", "recent"] as const },
    /** MIME type by its first bytes, and its kind for the workflow. */
    detectedType: { type: "string" },
    kind: { type: FILE_KINDS },
    /** The scanner's verdict; `unscanned` if there is none. */
    scan: { type: ["clean", "infected", "unscannable", "unscanned"] as const },
    /** For a clean file: it was scanned in several windows, or entry by entry. */
    scanInParts: { type: "boolean" },
    /** For an unscannable file: why, as a continuation of “not scanned: ”. */
    scanProblem: { type: "string" },
    /** A person's decision, whatever the scan says. */
    byHand: { type: ["open", "closed"] as const },
    /** SHA-256 of the whole in hexadecimal digits, computed while it was scanned. */
    sha256: { type: "string" },
    /** The scanner's name of the virus. */
    threat: { type: "string" },
    /** A notice: one sentence for people why it is blocked, has failed, or has no preview. */
    notice: { type: "string" },
    /** Its renditions in the bucket of derived objects. */
    renditions: {
      type: "list",
      items: {
        type: "map",
        properties: {
          /** Last part of its key, such as `thumb.webp`. */
          name: { type: "string", required: true },
          type: { type: "string", required: true },
          bytes: { type: "number", required: true },
          width: { type: "number" },
          height: { type: "number" },
        },
      },
    },
    /** Facts: pixels, seconds, pages, entries of an archive. */
    facts: {
      type: "map",
      properties: {
        width: { type: "number" },
        height: { type: "number" },
        seconds: { type: "number" },
        pages: { type: "number" },
        entries: { type: "number" },
      },
    },
  },
  indexes: {
    inTransfer: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId", "chunk"],
        template: "ws#${workspaceId}#transfer#${transferId}#chunk#${chunk}",
        casing: "none",
      },
      sk: {
        field: "sk",
        composite: ["ordinal"],
        template: "file#${ordinal}",
        casing: "none",
      },
    },
  },
});

export const chunkOf = (ordinal: number): number => Math.floor(ordinal / FILES_PER_CHUNK);

/** The key of a file's row. */
export const fileKey = (file: { workspaceId: string; transferId: string; ordinal: number }) => ({
  ...{ workspaceId: file.workspaceId, transferId: file.transferId, ordinal: file.ordinal },
  chunk: chunkOf(file.ordinal),
});
