import { db } from "#lib/db/service.ts";
import { chunkOf } from "#lib/files/file.entity.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";

type Changes = Partial<Pick<FileRow, "state" | "kind" | "notice" | "threat" | "downloads">> & {
  renditions?: { name: string; type: string; bytes: number; width?: number; height?: number }[];
  facts?: { width?: number; height?: number; seconds?: number; pages?: number; entries?: number };
};

/** Gives a file that has arrived the state that the workflow would give it; `ready` by default. */
export async function makeReady(
  { actor }: Ctx,
  transferId: string,
  ordinal: number,
  changes: Changes = {},
): Promise<void> {
  if (actor.kind !== "member") throw new Error("Only a workspace's own files are made ready.");
  const { workspaceId } = actor;
  const key = { workspaceId, transferId, ordinal, chunk: chunkOf(ordinal) };
  await db()
    .entities.file.patch(key)
    .set({ state: "ready", ...changes })
    .go();
}
