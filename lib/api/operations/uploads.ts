/** The upload protocol, as the pages speak it; bytes go straight to S3 by the URLs that `signParts` makes. */
import * as z from "zod";
import { FILE_STATES } from "#lib/kernel/file-states.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { beginTransfer } from "#lib/uploads/begin-transfer.ts";
import { cancelFiles } from "#lib/uploads/cancel-files.ts";
import { completeFiles } from "#lib/uploads/complete-files.ts";
import { getUploadStatus } from "#lib/uploads/get-upload-status.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { signParts } from "#lib/uploads/sign-parts.ts";
import {
  BeginInput,
  CancelInput,
  CompleteInput,
  Crc64,
  ReserveInput,
  SealInput,
  SignInput,
  StatusInput,
} from "#lib/uploads/upload-protocol.schema.ts";
import { Count, TransferAnswer } from "../answer.schema.ts";
import { type Operation, operation } from "../operation.ts";

const Shared = z.strictObject({ query: z.string(), headers: z.record(z.string(), z.string()) });

const SignAnswer = z
  .strictObject({
    origin: z.string(),
    prefix: z.string(),
    query: z.string(),
    single: Shared.describe("For a file of one part, which has no entry in `uploadIds`."),
    multipart: Shared,
    uploadIds: z.record(z.string(), z.string()).describe("By ordinal."),
    signatures: z.array(z.string()).describe("Hexadecimal, in the order of the parts that were asked for."),
    expiresIn: z.number().int().describe("Seconds for which the signatures are valid."),
  })
  .meta({
    id: "Signed",
    description: [
      "A signature for each part, and what the requests share. A part of a multipart upload is sent by PUT to",
      '`origin + prefix + ordinal + "?" + query + "&" + multipart.query + "&partNumber=" + part + "&uploadId=" +',
      'encodeURIComponent(uploadIds[ordinal]) + "&X-Amz-Signature=" + signature` with `multipart.headers`.',
      'A file of one part is sent by PUT to `origin + prefix + ordinal + "?" + query + "&" + single.query + "&X-Amz-Signature=" + signature` with',
      "`single.headers`. Both have the header `x-amz-checksum-crc64nvme`. S3 refuses another length or checksum.",
    ].join(" "),
  });

const ReserveAnswer = z.strictObject({ firstOrdinal: Count, nextOrdinal: Count, signed: SignAnswer.exactOptional() });
const FileStateAnswer = z.enum(FILE_STATES);
const SealState = z.enum(["sealed", "ready"]);

export const uploadOperations = {
  beginTransfer: operation({
    method: "POST",
    path: "/v1/upload/begin",
    tag: "Uploads",
    summary: "Create a transfer together with its first files",
    description: "With the same `batch` again the answer is the same, and nothing is made twice.",
    scope: "transfers:write",
    input: BeginInput,
    answer: z.strictObject({ transfer: TransferAnswer, reserved: ReserveAnswer.exactOptional() }),
    repeatable: true,
    run: beginTransfer,
  }),

  reserveFiles: operation({
    method: "POST",
    path: "/v1/upload/reserve",
    tag: "Uploads",
    summary: "Add files to a transfer that is not sealed",
    description: "With the same `batch` again the answer is the same. 409 `OrdinalTaken` says where to try again.",
    scope: "transfers:write",
    input: ReserveInput,
    answer: ReserveAnswer,
    repeatable: true,
    run: reserveFiles,
  }),

  signParts: operation({
    method: "POST",
    path: "/v1/upload/sign",
    tag: "Uploads",
    summary: "Sign the requests by which parts are sent to S3",
    scope: "transfers:write",
    input: SignInput,
    answer: SignAnswer,
    repeatable: true,
    run: signParts,
  }),

  completeFiles: operation({
    method: "POST",
    path: "/v1/upload/complete",
    tag: "Uploads",
    summary: "Say that all parts of files were sent, and what the files' checksums are",
    description:
      "An error of one file does not stop the others. `seal` also seals the transfer if nothing is missing then.",
    scope: "transfers:write",
    input: CompleteInput,
    answer: z.strictObject({
      files: z.array(
        z.strictObject({
          ordinal: Count,
          state: FileStateAnswer,
          error: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
        }),
      ),
      sealed: SealState.exactOptional(),
    }),
    repeatable: true,
    run: completeFiles,
  }),

  getUploadStatus: operation({
    method: "GET",
    path: "/v1/upload/status",
    tag: "Uploads",
    summary: "What has arrived: a page of files, or with `ordinal` the parts of one file",
    scope: "transfers:write",
    input: StatusInput,
    answer: z.strictObject({
      transfer: z.strictObject({ state: z.string(), nextOrdinal: Count }),
      files: z.array(
        z.strictObject({
          ordinal: Count,
          path: z.string(),
          size: Count,
          lastModified: z.number().exactOptional(),
          state: FileStateAnswer,
          partSize: Count,
        }),
      ),
      cursor: z.string().exactOptional(),
      parts: z.array(z.strictObject({ part: z.number().int(), size: Count, crc64: Crc64 })).exactOptional(),
    }),
    run: getUploadStatus,
  }),

  cancelFiles: operation({
    method: "POST",
    path: "/v1/upload/cancel",
    tag: "Uploads",
    summary: "Take back files of a transfer that is not sealed",
    scope: "transfers:write",
    input: CancelInput,
    answer: z.strictObject({ cancelled: Count }),
    repeatable: true,
    run: cancelFiles,
  }),

  sealTransfer: operation({
    method: "POST",
    path: "/v1/upload/seal",
    tag: "Uploads",
    summary: "Say that a transfer is whole: it is checked, and its recipients are told",
    scope: "transfers:write",
    input: SealInput,
    answer: z.strictObject({ state: SealState }),
    repeatable: true,
    run: sealTransfer,
  }),
} satisfies Record<string, Operation>;
