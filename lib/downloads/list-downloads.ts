import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { visitorOf } from "./count-download.ts";
import type { DownloadList } from "./download.schema.ts";
import { listForDownload } from "./list-for-download.ts";
import { listTakings } from "./taking.store.ts";

/**
 * The files behind a link that can be downloaded, some thousands at a time from an ordinal on, for programs that
 * download all.
 */
export async function listDownloads(ctx: Ctx, input: { from: number }): Promise<DownloadList & { limited: boolean }> {
  const transfer = await requireGuest(ctx);
  const { downloadLimit } = transfer;
  const visitor = downloadLimit ? visitorOf(ctx, transfer) : undefined;
  const list = await listForDownload(transfer, input.from, {
    downloadLimit,
    takenIn: async (range) => (visitor ? await listTakings(visitor, range, ctx.clock.now()) : new Map()),
  });
  return { ...list, limited: downloadLimit !== undefined };
}
