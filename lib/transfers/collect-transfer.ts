import { findDeliveryRow } from "#lib/deliveries/delivery.store.ts";
import { visitorOf } from "#lib/downloads/count-download.ts";
import { listTakings } from "#lib/downloads/taking.store.ts";
import { listFileRows } from "#lib/files/file.store.ts";
import { viewGuestFile } from "#lib/files/file.view.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { obtainable, pending, withheld } from "#lib/kernel/file-numbers.ts";
import { isGone } from "#lib/kernel/file-states.ts";
import { cannotBeHad } from "#lib/kernel/file-words.ts";
import { transferName } from "#lib/kernel/transfer-name.ts";
import { requireGuest } from "./require-guest.ts";
import { summariseFiles } from "./summarise-files.ts";
import type { GuestTransferView } from "./transfer.schema.ts";

/** Files on one page: a phone runs out of memory when it draws a thousand. */
const PAGE = 500;

/**
 * What a guest sees of a transfer: its header and a page of its files, or up to `limit` of them for programs. Throws
 * TransferExpired or TransferDeleted.
 */
export async function collectTransfer(
  ctx: Ctx,
  input: { cursor?: string | undefined; limit?: number },
): Promise<GuestTransferView> {
  const row = await requireGuest(ctx);
  const deliveryId = ctx.actor.kind === "guest" ? ctx.actor.deliveryId : undefined;
  const [page, delivery] = await Promise.all([
    listFileRows(row, input.cursor, input.limit ?? PAGE),
    deliveryId ? findDeliveryRow(row, deliveryId) : undefined,
  ]);
  const shown = page.items.filter(({ state }) => !isGone(state));
  const { downloadLimit } = row;
  const visitor = downloadLimit ? visitorOf(ctx, row) : undefined;
  const [first, last] = [shown.at(0), shown.at(-1)];
  const taken =
    visitor && first && last
      ? await listTakings(visitor, { from: first.ordinal, to: last.ordinal }, ctx.clock.now())
      : undefined;
  const { numbers, firstPath } = await summariseFiles(row, input.cursor, page);
  const { files: fileCount, bytes } = obtainable(numbers);
  const cannot = cannotBeHad(numbers);
  return {
    title: row.title,
    name: transferName({ title: row.title, firstPath, files: fileCount }),
    message: row.message,
    senderName: row.senderName,
    workspaceName: row.workspaceName,
    ...(delivery?.name ? { recipientName: delivery.name } : {}),
    expiresAt: row.expiresAt,
    fileCount,
    bytes,
    pending: pending(numbers).files,
    withheld: withheld(numbers).files,
    ...(cannot ? { withheldInWords: cannot } : {}),
    complete: row.state === "sealed" || row.state === "ready",
    ...(downloadLimit ? { downloadLimit } : {}),
    files: { ...page, items: shown.map((file) => viewGuestFile(file, downloadLimit, taken?.get(file.ordinal))) },
  };
}
