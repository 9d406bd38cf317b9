import { db } from "#lib/db/service.ts";
import { chunkOf } from "#lib/files/file.entity.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";

/** Publishes the first `count` files of a transfer, which have arrived, as the workflow would. */
export async function publishFiles({ actor }: Ctx, transferId: string, count: number): Promise<void> {
  if (actor.kind !== "member") throw new Error("Only a workspace's own files are published.");
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const key = { workspaceId: actor.workspaceId, transferId, ordinal, chunk: chunkOf(ordinal) };
    await db().entities.file.patch(key).set({ state: "ready" }).go();
  }
}
