/** Transfers: what was sent, and what is done with it as a whole. */
import * as z from "zod";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { renewLink } from "#lib/links/renew-link.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { editTransfer } from "#lib/transfers/edit-transfer.ts";
import { extendTransfer } from "#lib/transfers/extend-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { restoreTransfer } from "#lib/transfers/restore-transfer.ts";
import { EditTransfer, ExtendTransfer, TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getRuns } from "#lib/workflow/get-runs.ts";
import { restartRun } from "#lib/workflow/restart-run.ts";
import { ActivityAnswer, pageOf, RunsAnswer, TransferAnswer } from "../answer.schema.ts";
import { Cursor, type Operation, operation } from "../operation.ts";

/** A run's number within its transfer, from 1; it stands in a path, in digits. */
const Wave = z
  .string()
  .regex(/^[1-9]\d{0,6}$/)
  .transform(Number);

export const transferOperations = {
  listTransfers: operation({
    method: "GET",
    path: "/v1/transfers",
    tag: "Transfers",
    summary: "List transfers, the newest first",
    scope: "transfers:read",
    input: z.object({
      everyone: z.stringbool().default(false).describe("All of the workspace's, where the member's role allows."),
      trash: z.stringbool().default(false).describe("Those that were deleted."),
      cursor: Cursor,
    }),
    answer: pageOf(TransferAnswer),
    run: listTransfers,
  }),

  getTransfer: operation({
    method: "GET",
    path: "/v1/transfers/{id}",
    tag: "Transfers",
    summary: "A transfer",
    scope: "transfers:read",
    input: TransferRef,
    answer: TransferAnswer,
    run: async (ctx, input) => (await getTransfer(ctx, input)).transfer,
  }),

  editTransfer: operation({
    method: "PATCH",
    path: "/v1/transfers/{id}",
    tag: "Transfers",
    summary: "Change a transfer's title, message and download limit",
    scope: "transfers:write",
    input: EditTransfer,
    answer: TransferAnswer,
    ifMatch: "getTransfer",
    run: editTransfer,
  }),

  extendTransfer: operation({
    method: "POST",
    path: "/v1/transfers/{id}/extend",
    tag: "Transfers",
    summary: "Let a transfer end so many days from now",
    scope: "transfers:write",
    input: ExtendTransfer,
    answer: TransferAnswer,
    run: extendTransfer,
  }),

  deleteTransfer: operation({
    method: "DELETE",
    path: "/v1/transfers/{id}",
    tag: "Transfers",
    summary: "Close a transfer and put it into the trash",
    scope: "transfers:write",
    input: TransferRef,
    answer: TransferAnswer,
    run: deleteTransfer,
  }),

  restoreTransfer: operation({
    method: "POST",
    path: "/v1/transfers/{id}/restore",
    tag: "Transfers",
    summary: "Take a transfer out of the trash",
    scope: "transfers:write",
    input: TransferRef,
    answer: TransferAnswer,
    run: restoreTransfer,
  }),

  renewLink: operation({
    method: "POST",
    path: "/v1/transfers/{id}/renew-link",
    tag: "Transfers",
    summary: "Replace a transfer's link: the old one is refused from now on",
    scope: "transfers:write",
    input: TransferRef,
    answer: TransferAnswer,
    run: renewLink,
  }),

  listActivity: operation({
    method: "GET",
    path: "/v1/transfers/{id}/activity",
    tag: "Transfers",
    summary: "What happened to a transfer, the latest first",
    scope: "transfers:read",
    input: TransferRef.extend({ cursor: Cursor }),
    answer: pageOf(ActivityAnswer),
    run: listActivity,
  }),

  purgeTransfer: operation({
    method: "POST",
    path: "/v1/transfers/{id}/purge",
    tag: "Transfers",
    summary: "Remove the files of a deleted transfer for good, before its time in the trash is over",
    scope: "transfers:write",
    input: TransferRef,
    answer: TransferAnswer,
    run: purgeTransfer,
  }),

  listRuns: operation({
    method: "GET",
    path: "/v1/transfers/{id}/runs",
    tag: "Transfers",
    summary: "The workflow's runs for a transfer, the newest first",
    description: "`live` says whether asking again soon may show something new.",
    scope: "transfers:read",
    input: TransferRef,
    answer: RunsAnswer,
    run: (ctx, { id }) => getRuns(ctx, { transferId: id }),
  }),

  restartRun: operation({
    method: "POST",
    path: "/v1/transfers/{id}/runs/{wave}/restart",
    tag: "Transfers",
    summary: "Start a failed run again",
    scope: "transfers:write",
    input: TransferRef.extend({ wave: Wave }),
    answer: z.strictObject({ tries: z.number().int().describe("How often it was started.") }),
    run: (ctx, { id, wave }) => restartRun(ctx, { transferId: id, wave }),
  }),
} satisfies Record<string, Operation>;
