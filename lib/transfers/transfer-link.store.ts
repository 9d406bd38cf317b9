import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db, type Writes } from "#lib/db/service.ts";
import { TransferChanged } from "./transfer.errors.ts";
import type { TransferRow } from "./transfer.store.ts";

/**
 * Replaces a transfer's link: its version is raised in both rows at once, with `entry` for the activity. Throws
 * TransferChanged if another request was first.
 */
export async function raiseLinkVersion(
  row: TransferRow,
  entry: Parameters<Writes["activity"]["create"]>[0],
): Promise<TransferRow> {
  const { workspaceId, id, linkId, linkVersion } = row;
  const version = linkVersion + 1;
  const written = await conditionHeld(() =>
    db()
      .transaction.write(({ activity, link, transfer }) => [
        activity.create(entry).commit(),
        link
          .patch({ id: linkId })
          .set({ version })
          .where((at, is) => is.eq(at.version, linkVersion))
          .commit(),
        transfer
          .patch({ workspaceId, id })
          .set({ linkVersion: version })
          .where((at, is) => is.eq(at.linkVersion, linkVersion))
          .commit(),
      ])
      .go(),
  );
  if (!written) throw new TransferChanged();
  return { ...row, linkVersion: version };
}
