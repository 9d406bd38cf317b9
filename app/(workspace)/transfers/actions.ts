"use server";

import * as links from "#lib/links/renew-link.ts";
import * as create from "#lib/transfers/create-transfer.ts";
import * as remove from "#lib/transfers/delete-transfer.ts";
import * as edit from "#lib/transfers/edit-transfer.ts";
import * as extend from "#lib/transfers/extend-transfer.ts";
import * as purge from "#lib/transfers/purge-transfer.ts";
import * as restore from "#lib/transfers/restore-transfer.ts";
import { CreateTransfer, EditTransfer, ExtendTransfer, TransferRef } from "#lib/transfers/transfer.schema.ts";
import { action } from "#lib/web/action.ts";

export const createTransfer = action(CreateTransfer, create.createTransfer);
export const editTransfer = action(EditTransfer, edit.editTransfer);
export const extendTransfer = action(ExtendTransfer, extend.extendTransfer);
export const deleteTransfer = action(TransferRef, remove.deleteTransfer);
export const restoreTransfer = action(TransferRef, restore.restoreTransfer);
export const purgeTransfer = action(TransferRef, purge.purgeTransfer);
export const renewLink = action(TransferRef, links.renewLink);
