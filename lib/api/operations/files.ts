/** Files of a transfer. */
import * as z from "zod";
import { FileOrdinal } from "#lib/downloads/download.schema.ts";
import { grantMemberDownload } from "#lib/downloads/grant-member-download.ts";
import { decideFile } from "#lib/files/decide-file.ts";
import { DecideFile } from "#lib/files/file.schema.ts";
import { removeFile } from "#lib/files/remove-file.ts";
import { restoreFile } from "#lib/files/restore-file.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { FileAnswer, pageOf, Time } from "../answer.schema.ts";
import { Cursor, type Operation, operation } from "../operation.ts";

const FileOfPath = z.object({ id: TransferRef.shape.id, ordinal: FileOrdinal });

export const fileOperations = {
  listFiles: operation({
    method: "GET",
    path: "/v1/transfers/{id}/files",
    tag: "Files",
    summary: "A page of a transfer's files",
    scope: "transfers:read",
    input: TransferRef.extend({ cursor: Cursor }),
    answer: pageOf(FileAnswer),
    run: async (ctx, input) => (await getTransfer(ctx, input)).files,
  }),

  downloadFile: operation({
    method: "POST",
    path: "/v1/transfers/{id}/files/{ordinal}/download",
    tag: "Files",
    summary: "A URL at S3 by which one file is downloaded; it is not counted",
    scope: "transfers:read",
    input: z.object({ id: TransferRef.shape.id, ordinal: FileOrdinal }),
    answer: z.strictObject({ url: z.string(), expiresIn: z.number().int().describe("Seconds.") }),
    repeatable: true,
    run: grantMemberDownload,
  }),

  removeFile: operation({
    method: "DELETE",
    path: "/v1/transfers/{id}/files/{ordinal}",
    tag: "Files",
    summary: "Take a file out of a transfer: nobody can download it from now on",
    scope: "transfers:write",
    input: FileOfPath,
    answer: z.strictObject({ restorableUntil: Time }),
    run: removeFile,
  }),

  restoreFile: operation({
    method: "POST",
    path: "/v1/transfers/{id}/files/{ordinal}/restore",
    tag: "Files",
    summary: "Put a file back that was taken out",
    scope: "transfers:write",
    input: FileOfPath,
    answer: z.strictObject({ restored: z.literal(true) }),
    run: restoreFile,
  }),

  decideFile: operation({
    method: "POST",
    path: "/v1/transfers/{id}/files/{ordinal}/decide",
    tag: "Files",
    summary: "Open a blocked file for recipients, or close one that is open",
    scope: "transfers:write",
    input: FileOfPath.extend({
      decision: DecideFile.shape.decision,
      confirmed: DecideFile.shape.confirmed.describe("Needed to open a file in which a virus was found."),
    }),
    answer: FileAnswer,
    run: (ctx, { id, ...decision }) => decideFile(ctx, { transferId: id, ...decision }),
  }),
} satisfies Record<string, Operation>;
