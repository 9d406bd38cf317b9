import { Entity } from "electrodb";

/** Files in a chunk: one partition holds a thousand, so that no partition grows with the transfer. */
export const FILES_PER_CHUNK = 1000;

/** A file of a transfer, on the base table alone: registering one costs one write unit. */
export const FileEntity = new Entity({
  model: { service: "dormouse", entity: "file", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** Zero-padded in the key, so that files are listed in their order. */
    ordinal: { type: "number", required: true, padding: { length: 7, char: "0" } },
    /** `chunkOf(ordinal)`. */
    chunk: { type: "number", required: true },
    path: { type: "string", required: true },
    size: { type: "number", required: true },
    type: { type: "string", required: true },
    lastModified: { type: "number" },
    partSize: { type: "number", required: true },
    state: { type: ["reserved", "uploading", "stored", "cancelled", "failed"] as const, required: true },
    /** The reservation that made this row. */
    batch: { type: "string", required: true },
    /** Of the multipart upload, once it has begun. */
    uploadId: { type: "string" },
    /** CRC64NVME of the whole in base64, as S3 confirmed it. */
    crc64: { type: "string" },
    storedAt: { type: "string" },
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
