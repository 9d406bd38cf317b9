/**
 * The upload protocol, version 1: JSON over POST (status: GET) under /api/upload/v1/, spoken by page and CLI alike.
 * A deployment in the middle of an upload must not break it, so fields are only ever added.
 * Errors: an HTTP status and `{ error: { code, message, details? } }`.
 */
import { z } from "zod";
import { FileOrdinal } from "../downloads/download.schema.ts";
import { Ordinal, TransferId } from "../files/file-ref.schema.ts";
import type { FileState } from "../kernel/file-states.ts";
import { CreateTransfer, type TransferView } from "../transfers/transfer.schema.ts";

/** CRC-64/NVME, 8 bytes big endian in base64, as S3 writes it. */
export const Crc64 = z.string().regex(/^[A-Za-z0-9+/]{11}=$/, "A CRC64NVME is 8 bytes in base64.");

export const MAX_FILES_PER_RESERVE = 500;
export const MAX_PARTS_PER_SIGN = 100;
export const MAX_FILES_PER_COMPLETE = 100;
/** S3's own limits, from "Amazon S3 multipart upload limits" in its user guide; sizes in bytes. */
export const MAX_PARTS = 10_000;
export const MIN_PART_SIZE = 5 * 1024 ** 2;
export const MAX_PART_SIZE = 5 * 1024 ** 3;
export const MAX_FILE_SIZE = MAX_PARTS * MAX_PART_SIZE;

const Part = z.number().int().min(1).max(MAX_PARTS);

export const ReserveFile = z.object({
  path: z.string(),
  size: z.number().int().min(0).max(MAX_FILE_SIZE),
  type: z.string().max(255).default(""),
  /** Milliseconds since 1970, as the browser's File has it. */
  lastModified: z.number().int().min(0).optional(),
  /** Bytes of a part. A file that is not larger is one signed PUT; a larger one is a multipart upload. */
  partSize: z.number().int().min(MIN_PART_SIZE).max(MAX_PART_SIZE),
});
export type ReserveFile = z.infer<typeof ReserveFile>;

const Batch = z.string().regex(/^[0-9A-Za-z]{22}$/);
/** Parts to sign in the same call; `file` is an index into `files`, from 0. */
const FirstParts = z
  .array(z.object({ file: z.number().int().min(0), part: Part, crc64: Crc64 }))
  .max(MAX_PARTS_PER_SIGN)
  .optional();

/**
 * Creates a transfer together with its first files, so that bytes are sent after one round trip. Repeating a call with
 * the same `batch` gives the same answer. `reserved` is like the answer of reserve; it is absent if there are no
 * `files`.
 */
export const BeginInput = z.object({
  transfer: CreateTransfer,
  batch: Batch,
  files: z.array(ReserveFile).max(MAX_FILES_PER_RESERVE),
  sign: FirstParts,
});
export type BeginInput = z.input<typeof BeginInput>;
export type BeginOutput = { transfer: TransferView; reserved?: ReserveOutput };

/**
 * Reserves the ordinals `firstOrdinal .. firstOrdinal + files.length - 1`. Repeating a call with the same `batch` gives
 * the same answer. If another sender was first, the answer is 409 `OrdinalTaken` with `details.nextOrdinal`, to try
 * again from there. Parts of these files whose checksums are known already are signed by the same call; the answer's
 * `signed` is like the answer of sign.
 */
export const ReserveInput = z.object({
  transferId: TransferId,
  firstOrdinal: Ordinal,
  batch: Batch,
  files: z.array(ReserveFile).min(1).max(MAX_FILES_PER_RESERVE),
  sign: FirstParts,
});
export type ReserveInput = z.infer<typeof ReserveInput>;
export type ReserveOutput = { firstOrdinal: number; nextOrdinal: number; signed?: SignOutput };

/** Signs a batch of parts. `part` counts from 1; a file of one part has only part 1. */
export const SignInput = z.object({
  transferId: TransferId,
  parts: z
    .array(z.object({ ordinal: Ordinal, part: Part, crc64: Crc64 }))
    .min(1)
    .max(MAX_PARTS_PER_SIGN),
});
export type SignInput = z.infer<typeof SignInput>;

/**
 * What is shared is sent once. The request for a part of a multipart upload is
 *   PUT origin + prefix + ordinal + "?" + query + "&" + multipart.query + "&partNumber=" + part
 *       + "&uploadId=" + encodeURIComponent(uploadIds[ordinal]) + "&X-Amz-Signature=" + signature
 * with `multipart.headers` and `x-amz-checksum-crc64nvme: crc64`; for a file of one part (no entry in uploadIds)
 *   PUT origin + prefix + ordinal + "?" + query + "&" + single.query + "&X-Amz-Signature=" + signature
 * with `single.headers` and the same checksum header. Length and checksum are signed: S3 refuses anything else.
 */
export type SignOutput = {
  origin: string;
  prefix: string;
  query: string;
  single: { query: string; headers: Record<string, string> };
  multipart: { query: string; headers: Record<string, string> };
  uploadIds: Record<string, string>;
  /** Hexadecimal, in the order of the input's parts. */
  signatures: string[];
  /** Lifetime of the signatures in seconds, from the moment of the answer. */
  expiresIn: number;
};

/**
 * `crc64` is the checksum of the whole file, which S3 compares with its own. Completing twice gives the same answer.
 * `seal`: also seals the transfer if nothing is missing after this call; the answer's `sealed` says whether it did.
 */
export const CompleteInput = z.object({
  transferId: TransferId,
  files: z
    .array(z.object({ ordinal: Ordinal, crc64: Crc64 }))
    .min(1)
    .max(MAX_FILES_PER_COMPLETE),
  seal: z.boolean().optional(),
});
export type CompleteInput = z.infer<typeof CompleteInput>;
/** In the order of the input. An error of one file does not stop the others. */
export type CompleteOutput = {
  files: { ordinal: number; state: FileState; error?: { code: string; message: string } }[];
  sealed?: SealOutput["state"];
};

/** GET with ?transferId= : the header and a page of files; with &ordinal= as well: the stored parts of one file. */
export const StatusInput = z.object({
  transferId: TransferId,
  ordinal: FileOrdinal.optional(),
  cursor: z.string().max(2048).optional(),
});
export type StatusInput = z.infer<typeof StatusInput>;
export type StatusOutput = {
  transfer: { state: string; nextOrdinal: number };
  files: { ordinal: number; path: string; size: number; lastModified?: number; state: FileState; partSize: number }[];
  cursor?: string;
  /** Only for ?ordinal=: what S3 has of a running multipart upload; sizes in bytes. */
  parts?: { part: number; size: number; crc64: string }[];
};

/** Removes files again: aborts their uploads and deletes stored files. */
export const CancelInput = z.object({
  transferId: TransferId,
  ordinals: z.array(Ordinal).min(1).max(MAX_FILES_PER_RESERVE),
});
export type CancelInput = z.infer<typeof CancelInput>;
export type CancelOutput = { cancelled: number };

/**
 * Seals the transfer: no file can be added after it. 409 `FilesMissing` (details.ordinals) while a file is not stored.
 */
export const SealInput = z.object({ transferId: TransferId });
export type SealInput = z.infer<typeof SealInput>;
export type SealOutput = { state: "sealed" | "ready" };
