import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { RemovableState } from "#lib/kernel/file-states.ts";
import { fileKey } from "./file.entity.ts";
import type { FileRow } from "./file.store.ts";

/** Removes a file, restorable until `purgeAt`. False when the row has changed since it was read. */
export async function removeFileRow(
  row: FileRow,
  stateBeforeRemoval: RemovableState,
  purgeAt: string,
): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.file.patch(fileKey(row))
      .set({ state: "removed", stateBeforeRemoval, purgeAt })
      .where((at, is) => is.eq(at.state, row.state))
      .go(),
  );
}

/** Restores a file as it was. False when its purge has begun, or it was restored before. */
export async function restoreFileRow(row: FileRow): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.file.patch(fileKey(row))
      .set({ state: row.stateBeforeRemoval ?? "failed" })
      .remove(["stateBeforeRemoval", "purgeAt"])
      .where((at, is) => `${is.eq(at.state, "removed")} AND ${is.notExists(at.purgedAt)}`)
      .go(),
  );
}

/**
 * Begins the purge of a removed file: it can't be restored any more, and counts in no quota. False when it was
 * restored, or the purge has begun before.
 */
export async function beginPurge(row: FileRow, senderId: string, purgedAt: string): Promise<boolean> {
  const { workspaceId, transferId: id, size } = row;
  return await conditionHeld(() =>
    db()
      .transaction.write(({ file, transfer, quota }) => [
        file
          .patch(fileKey(row))
          .set({ purgedAt })
          .where((at, is) =>
            [is.eq(at.state, "removed"), is.eq(at.purgeAt, row.purgeAt ?? ""), is.notExists(at.purgedAt)].join(" AND "),
          )
          .commit(),
        transfer
          .patch({ workspaceId, id })
          .add({ bytes: -size })
          .where((at, is) => is.notExists(at.purgedAt))
          .commit(),
        quota.update({ workspaceId, holder: senderId }).add({ bytes: -size }).commit(),
        quota.update({ workspaceId, holder: "workspace" }).add({ bytes: -size }).commit(),
      ])
      .go(),
  );
}

export async function endPurge(row: FileRow, goneAt: string): Promise<void> {
  await db().entities.file.patch(fileKey(row)).set({ goneAt }).go();
}
