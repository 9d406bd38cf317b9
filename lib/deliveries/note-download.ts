import { pauseAfterConflict } from "#lib/kernel/concurrency.ts";
import type { Ctx, GuestActor } from "#lib/kernel/ctx.ts";
import { addOrdinals, hasOrdinal } from "#lib/kernel/ordinals.ts";
import { LinkUnknown } from "#lib/links/link.errors.ts";
import { addDownloads } from "./activity.store.ts";
import { findDeliveryRow, recountCollected, writeDownloads } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";
import { ANYONE_WITH_LINK } from "./note-opened.ts";

/** Attempts when other downloads of the same recipient are written first. */
const TRIES = 12;

/** A file whose download was granted; `size` in bytes. */
export type GrantedFile = { ordinal: number; size: number };

/**
 * Called once for each grant, with its file or batch of files: writes which files the recipient has downloaded, and the
 * entry in the transfer's activity.
 */
export async function noteDownload(ctx: Ctx, granted: GrantedFile | GrantedFile[]): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== "guest") throw new LinkUnknown();
  const files = [granted].flat();
  if (files.length === 0) return;
  const at = ctx.clock.now();
  const name = actor.deliveryId ? await noteRecipient(actor, actor.deliveryId, files, at) : undefined;
  const { workspaceId, transferId } = actor;
  await addDownloads({ workspaceId, transferId, who: actor.deliveryId ?? ANYONE_WITH_LINK, name, at }, files.length);
}

/** Returns the recipient's name; undefined when the recipient does not exist any more. */
async function noteRecipient(
  actor: GuestActor,
  id: string,
  files: GrantedFile[],
  at: Date,
): Promise<string | undefined> {
  const of = { workspaceId: actor.workspaceId, id: actor.transferId };
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await findDeliveryRow(of, id);
    if (!row) return undefined;
    const fresh = new Map(
      files.filter(({ ordinal }) => !hasOrdinal(row.got, ordinal)).map((one) => [one.ordinal, one]),
    );
    const written = await writeDownloads(row, {
      downloads: row.downloads + files.length,
      got: addOrdinals(row.got, [...fresh.keys()]),
      files: row.files + fresh.size,
      bytes: [...fresh.values()].reduce((sum, { size }) => sum + size, row.bytes),
      openedAt: row.openedAt ?? at.toISOString(),
      downloadedAt: at.toISOString(),
    });
    if (written) {
      if (!row.downloadedAt) await recountCollected(of);
      return displayName(row);
    }
    await pauseAfterConflict(tries);
  }
  throw new Error(`Other downloads of the recipient ${id} were noted first, ${TRIES} times.`);
}
