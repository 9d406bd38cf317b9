import { DeleteObjectTaggingCommand, PutObjectTaggingCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { isS3Error, s3 } from "#lib/adapters/s3.ts";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { fileKey } from "#lib/files/file.entity.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { keyOf, renditionKeyOf } from "#lib/files/object.store.ts";

/**
 * What S3 makes of a file's signed URLs, by a tag that the buckets' policies look at: `closed`, none opens it; `recent`,
 * those opens it that were signed in the last minute; `open`, all do until they end.
 */
export type Access = "closed" | "recent" | "open";

const TAG = "access";

/** Whether a rendition's URL lives for longer than a minute, because it plays. */
export const plays = (type: string): boolean => /^(video|audio)\//.test(type);

/** Notes until when a signed URL of it opens; false when it is no longer in the state in which it was read. */
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
  // Another who asked at the same time may have noted a later time.
  const { data } = await file.get(fileKey(row)).go({ consistent: true });
  return data?.state === row.state && (data.openUntil ?? "") >= openUntil;
}

/** Notes what S3 was told of a file; false when it is not as it was read any more. */
export async function noteAccess(row: FileRow, access: Access): Promise<boolean> {
  return await conditionHeld(() => {
    const patch = db().entities.file.patch(fileKey(row));
    const change = access === "open" ? patch.remove(["access"]) : patch.set({ access });
    return change.where((at, is) => is.eq(at.state, row.state)).go();
  });
}

/** Tells S3 what to make of signed URLs of a file's bytes, and of those of its renditions that live longer. */
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
    // What is gone opens for nobody.
    if (!isS3Error(error, "NoSuchKey")) throw error;
  }
}
