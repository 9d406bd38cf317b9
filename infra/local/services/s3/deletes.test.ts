/** Deletes with conditions, and versions where there is no versioning. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { BUCKET, rejects, startTestS3 } from "../../testing/s3.ts";

const s3 = await startTestS3();

let counter = 0;
async function put(Bucket = BUCKET) {
  const Key = `deleted-${counter++}`;
  const { ETag = "" } = await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "0123456789" }));
  const { LastModified } = await s3.client.send(new HeadObjectCommand({ Bucket, Key }));
  return { Bucket, Key, ETag, LastModified: LastModified ?? new Date(0) };
}
const remove = (input: DeleteObjectCommandInput) => s3.client.send(new DeleteObjectCommand(input));
const isThere = (Bucket: string, Key: string): Promise<boolean> =>
  s3.client.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );

test("If-Match deletes the object only if the ETag is that of the object", async () => {
  const { Bucket, Key, ETag } = await put();
  await rejects(remove({ Bucket, Key, IfMatch: '"0123"' }), "PreconditionFailed", 412);
  assert.ok(await isThere(Bucket, Key));
  await remove({ Bucket, Key, IfMatch: ETag });
  assert.ok(!(await isThere(Bucket, Key)));
  await rejects(remove({ Bucket, Key, IfMatch: ETag }), "NoSuchKey", 404);
  await rejects(remove({ Bucket, Key, IfMatch: "*" }), "NoSuchKey", 404);
  await remove({ Bucket, Key });
  for (const form of [(etag: string) => etag.replaceAll('"', ""), () => "*"]) {
    const one = await put();
    await remove({ Bucket, Key: one.Key, IfMatch: form(one.ETag) });
    assert.ok(!(await isThere(Bucket, one.Key)));
  }
  const one = await put();
  await rejects(remove({ Bucket, Key: one.Key, IfMatch: one.ETag, VersionId: "null" }), "NotImplemented", 501);
});

test("conditions of size and time, which only directory buckets know, are refused and nothing is deleted", async () => {
  const one = await put();
  const { Bucket, Key } = one;
  await rejects(remove({ Bucket, Key, IfMatchSize: 10 }), "NotImplemented", 501);
  await rejects(remove({ Bucket, Key, IfMatchLastModifiedTime: one.LastModified }), "NotImplemented", 501);
  const many = (object: Partial<ObjectIdentifier>) =>
    s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, ...object }] } }));
  await rejects(many({ Size: 10 }), "MalformedXML", 400);
  await rejects(many({ Size: 0, ETag: one.ETag }), "MalformedXML", 400);
  await rejects(many({ LastModifiedTime: one.LastModified }), "MalformedXML", 400);
  assert.ok(await isThere(Bucket, Key));
});

test("in a batch of deletes each has a condition and an answer of its own", async () => {
  const [right, wrong, unquoted, plain] = [await put(), await put(), await put(), await put()];
  const Objects = [
    { Key: right.Key, ETag: right.ETag },
    { Key: wrong.Key, ETag: '"0123"' },
    { Key: unquoted.Key, ETag: unquoted.ETag.replaceAll('"', "") },
    { Key: "never-there", ETag: "*" },
    { Key: plain.Key, VersionId: "null" },
    { Key: wrong.Key, VersionId: "another" },
  ];
  const answer = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
  assert.deepEqual(
    answer.Deleted?.map(({ Key }) => Key),
    [right.Key, unquoted.Key, plain.Key],
  );
  assert.equal(answer.Deleted?.[2]?.VersionId, "null");
  assert.deepEqual(
    answer.Errors?.map(({ Key, Code }) => [Key, Code]),
    [
      [wrong.Key, "PreconditionFailed"],
      ["never-there", "NoSuchKey"],
      [wrong.Key, "NoSuchVersion"],
    ],
  );
  assert.ok(await isThere(BUCKET, wrong.Key));
  const quiet = { Objects: [{ Key: wrong.Key, ETag: '"0123"' }], Quiet: true };
  const errors = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: quiet }));
  assert.deepEqual([errors.Deleted, errors.Errors?.length], [undefined, 1]);
});

test("a bucket without versioning lists each object as its only version, and can be emptied with that listing", async () => {
  const Bucket = BUCKET;
  for (const Key of ["v/a", "v/b/1", "v/b/2", "v/ü"])
    await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  assert.equal((await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  const list = (more: object = {}) => s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: "v/", ...more }));
  const all = await list();
  assert.deepEqual(
    all.Versions?.map(({ Key, VersionId, IsLatest, Size }) => [Key, VersionId, IsLatest, Size]),
    [
      ["v/a", "null", true, 3],
      ["v/b/1", "null", true, 5],
      ["v/b/2", "null", true, 5],
      ["v/ü", "null", true, 4],
    ],
  );
  assert.ok(all.Versions?.every(({ ETag, Owner, LastModified }) => ETag && Owner?.ID && LastModified));
  const folded = await list({ Delimiter: "/" });
  assert.deepEqual(
    [folded.Versions?.map(({ Key }) => Key), folded.CommonPrefixes?.map(({ Prefix }) => Prefix)],
    [["v/a", "v/ü"], ["v/b/"]],
  );
  const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: "v/a", VersionId: "null" }));
  assert.equal(await got.Body?.transformToString(), "v/a");
  await rejects(s3.client.send(new GetObjectCommand({ Bucket, Key: "v/a", VersionId: "abc" })), "InvalidArgument", 400);
  await rejects(list({ VersionIdMarker: "null" }), "InvalidArgument", 400);

  // As cleanup tools do.
  const seen: string[] = [];
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (let page = 0; page < 10; page += 1) {
    const { Versions = [], ...rest } = await list({ MaxKeys: 2, ...marker });
    const Objects = Versions.map(({ Key, VersionId }) => ({ Key, VersionId }) as ObjectIdentifier);
    await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    seen.push(...Objects.map(({ Key }) => Key ?? ""));
    if (!rest.IsTruncated) break;
    marker = { KeyMarker: rest.NextKeyMarker ?? "", VersionIdMarker: rest.NextVersionIdMarker ?? "" };
  }
  assert.deepEqual(seen, ["v/a", "v/b/1", "v/b/2", "v/ü"]);
  assert.equal((await list()).Versions, undefined);
});
