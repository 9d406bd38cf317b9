import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { RemovableState } from "#lib/kernel/file-states.ts";
import { fileKey } from "./file.entity.ts";
import type { FileRow } from "./file.store.ts";

/** Takes a file out, restorable until `purgeAt`; false when it is not as it was read. */
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

/** Puts a file back as it was; false when its bytes have begun to go, or it was put back before. */
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

/** From here on a removed file never comes back, and counts for no quota; false when it was put back, or this was done. */
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
