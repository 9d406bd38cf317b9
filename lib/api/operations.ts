/** Every operation of the program interface, by its name: from here it is served, documented and tested. */
import * as z from "zod";
import { addDeliveries } from "#lib/deliveries/add-deliveries.ts";
import { AddDeliveries, DeliveryRef } from "#lib/deliveries/delivery.schema.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { resendDelivery } from "#lib/deliveries/resend-delivery.ts";
import { revokeDelivery } from "#lib/deliveries/revoke-delivery.ts";
import { FileOrdinal } from "#lib/downloads/download.schema.ts";
import { grantMemberDownload } from "#lib/downloads/grant-member-download.ts";
import { NotSignedIn } from "#lib/kernel/errors.ts";
import { renewLink } from "#lib/links/renew-link.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { editTransfer } from "#lib/transfers/edit-transfer.ts";
import { extendTransfer } from "#lib/transfers/extend-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { restoreTransfer } from "#lib/transfers/restore-transfer.ts";
import { EditTransfer, ExtendTransfer, TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import {
  ActivityAnswer,
  CallerAnswer,
  DeliveryAnswer,
  FileAnswer,
  pageOf,
  TransferAnswer,
  WorkspaceAnswer,
} from "./answer.schema.ts";
import { type Operation, operation } from "./operation.ts";

const Cursor = z.string().max(2048).optional().describe("As the page before said.");

export const operations = {
  getCaller: operation({
    method: "GET",
    path: "/v1/me",
    tag: "Caller",
    summary: "For whom the key acts, and how far it reaches",
    input: z.object({}),
    answer: CallerAnswer,
    async run({ actor }) {
      if (actor.kind !== "member") throw new NotSignedIn();
      const { workspaceId, memberId, name, role, key } = actor;
      return { workspaceId, memberId, name, role, scopes: [...(key?.scopes ?? [])] };
    },
  }),

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
    run: grantMemberDownload,
  }),

  listDeliveries: operation({
    method: "GET",
    path: "/v1/transfers/{id}/deliveries",
    tag: "Deliveries",
    summary: "A transfer's recipients, in the order in which they were named",
    scope: "transfers:read",
    input: TransferRef,
    answer: z.strictObject({ items: z.array(DeliveryAnswer) }),
    run: async (ctx, input) => ({ items: await listDeliveries(ctx, input) }),
  }),

  addDeliveries: operation({
    method: "POST",
    path: "/v1/transfers/{transferId}/deliveries",
    tag: "Deliveries",
    summary: "Add recipients, who are mailed a link of their own",
    scope: "transfers:write",
    input: AddDeliveries,
    answer: z.strictObject({
      deliveries: z.array(DeliveryAnswer),
      added: z.number().int(),
      known: z.array(z.string()).describe("Who was a recipient before: they are not mailed again."),
    }),
    status: 201,
    run: addDeliveries,
  }),

  resendDelivery: operation({
    method: "POST",
    path: "/v1/transfers/{transferId}/deliveries/{id}/resend",
    tag: "Deliveries",
    summary: "Mail a recipient once more",
    scope: "transfers:write",
    input: DeliveryRef,
    answer: DeliveryAnswer,
    run: resendDelivery,
  }),

  revokeDelivery: operation({
    method: "DELETE",
    path: "/v1/transfers/{transferId}/deliveries/{id}",
    tag: "Deliveries",
    summary: "Close a recipient's personal link",
    scope: "transfers:write",
    input: DeliveryRef,
    answer: DeliveryAnswer,
    run: revokeDelivery,
  }),

  getWorkspace: operation({
    method: "GET",
    path: "/v1/workspace",
    tag: "Workspace",
    summary: "The workspace and its settings",
    scope: "workspace:read",
    input: z.object({}),
    answer: WorkspaceAnswer,
    run: getWorkspace,
  }),
} satisfies Record<string, Operation>;
