import { DeleteObjectTaggingCommand, PutObjectTaggingCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { isS3Error, s3 } from "#lib/adapters/s3.ts";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { fileKey } from "#lib/files/file.entity.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { keyOf, renditionKeyOf } from "#lib/files/object.store.ts";

/**
 * Which signed URLs of a file S3 accepts, as a tag that the buckets' policies read: `closed`, none; `recent`, those
 * signed in the last minute; `open`, all until they expire.
 */
export type Access = "closed" | "recent" | "open";

const TAG = "access";

/** Whether the signed URL of a rendition lives longer than a minute, because it is played. */
export const plays = (type: string): boolean => /^(video|audio)\//.test(type);

/** Stores until when a signed URL of the file is valid. False when the file's state has changed since it was read. */
export async function noteOpenUntil(row: FileRow, openUntil: string): Promise<boolean> {
  const { file } = db().entities;
  const noted = await conditionHeld(() =>
    file
      .patch(fileKey(row))
      .set({ openUntil })
      .where((at, is) =>
        [is.eq(at.state, row.state), `(${is.notExists(at.openUntil)} OR ${is.lt(at.openUntil, openUntil)})`].join(
          " AND ",
        ),
      )
      .go(),
  );
  if (noted) return true;
  // Another caller at the same time may have stored a later time.
  const { data } = await file.get(fileKey(row)).go({ consistent: true });
  return data?.state === row.state && (data.openUntil ?? "") >= openUntil;
}

/** Stores which tag a file has in S3. False when the file has changed since it was read. */
export async function noteAccess(row: FileRow, access: Access): Promise<boolean> {
  return await conditionHeld(() => {
    const patch = db().entities.file.patch(fileKey(row));
    const change = access === "open" ? patch.remove(["access"]) : patch.set({ access });
    return change.where((at, is) => is.eq(at.state, row.state)).go();
  });
}

/** Sets the tag of a file's object, and of its renditions whose URLs live longer. */
export async function tagObjects(row: FileRow, access: Access): Promise<void> {
  const { uploads, derived } = resources;
  await Promise.all([
    tag(uploads, keyOf(row), access),
    ...(row.renditions ?? [])
      .filter(({ type }) => plays(type))
      .map(({ name }) => tag(derived, renditionKeyOf(row, name), access)),
  ]);
}

async function tag(Bucket: string, Key: string, access: Access): Promise<void> {
  const TagSet = [{ Key: TAG, Value: access }];
  try {
    await (access === "open"
      ? s3().send(new DeleteObjectTaggingCommand({ Bucket, Key }))
      : s3().send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } })));
  } catch (error) {
    // A deleted object is not accessible anyway.
    if (!isS3Error(error, "NoSuchKey")) throw error;
  }
}
