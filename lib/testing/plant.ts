import { PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { putFileRows } from "#lib/files/file.store.ts";
import { keyOf, STORED_TYPE } from "#lib/files/object.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findTransferRow, updateTransfer } from "#lib/transfers/transfer.store.ts";
import { crc64 } from "./send.ts";

export type Planted = { path: string; bytes: Uint8Array; lastModified?: number };

/**
 * Adds files to an empty transfer, as if they had been sent and checked, and seals it by default. Writes only rows and
 * objects.
 */
export async function plantFiles(
  { actor }: Ctx,
  transferId: string,
  files: Planted[],
  state: "uploading" | "ready" = "ready",
): Promise<void> {
  if (actor.kind !== "member") throw new Error("Files are planted for a workspace's own member.");
  const { workspaceId } = actor;
  const sums = new Map<Uint8Array, string>();
  for (const { bytes } of files) if (!sums.has(bytes)) sums.set(bytes, await crc64(bytes));
  await putFileRows(
    files.map(({ path, bytes, lastModified }, ordinal) => ({
      workspaceId,
      transferId,
      ordinal,
      path,
      size: bytes.length,
      type: "",
      partSize: 16 * 1024 ** 2,
      state: "ready" as const,
      batch: "planted",
      crc64: sums.get(bytes) ?? "",
      ...(lastModified === undefined ? {} : { lastModified }),
    })),
  );
  await mapConcurrently([...files.entries()], 16, async ([ordinal, { bytes }]) => {
    const Key = keyOf({ workspaceId, transferId, ordinal });
    const crc = { ChecksumCRC64NVME: sums.get(bytes) ?? "" };
    await s3().send(
      new PutObjectCommand({ Bucket: resources.uploads, Key, Body: bytes, ContentType: STORED_TYPE, ...crc }),
    );
  });
  const row = await findTransferRow(workspaceId, transferId);
  if (!row) throw new Error("There is no such transfer.");
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  await updateTransfer(row, { state, nextOrdinal: files.length, fileCount: files.length, bytes });
}
