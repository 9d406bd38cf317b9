/** The status of a missing object depends on whether the caller's role may list the bucket. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { BUCKET, codeOf, rejects, send, startTestS3 } from "../../testing/s3.ts";

const LISTED = "listed-bucket";
const READER = { accessKeyId: "ASIAREADERREADERREAD", secretAccessKey: "reads", sessionToken: "reader" };
const s3 = await startTestS3({}, [{ credentials: READER, mayList: [LISTED] }]);
await s3.restart([BUCKET, LISTED].map((name) => ({ name, cors: [] })));
const reader = s3.connect({ credentials: READER });
for (const Bucket of [BUCKET, LISTED]) await reader.send(new PutObjectCommand({ Bucket, Key: "there", Body: "it is" }));

const ASKS = {
  GetObject: (Bucket: string) => new GetObjectCommand({ Bucket, Key: "missing" }),
  GetObjectTagging: (Bucket: string) => new GetObjectTaggingCommand({ Bucket, Key: "missing" }),
  GetObjectAttributes: (Bucket: string) =>
    new GetObjectAttributesCommand({ Bucket, Key: "missing", ObjectAttributes: ["ETag"] }),
  CopyObject: (Bucket: string) =>
    new CopyObjectCommand({ Bucket: LISTED, Key: "copy", CopySource: `${Bucket}/missing` }),
  "DeleteObject on a condition": (Bucket: string) => new DeleteObjectCommand({ Bucket, Key: "missing", IfMatch: "*" }),
  "PutObject on a condition": (Bucket: string) =>
    new PutObjectCommand({ Bucket, Key: "missing", Body: "", IfMatch: '"0123"' }),
};

for (const [name, ask] of Object.entries(ASKS)) {
  test(`${name} of a missing object is 404 if the caller may list the bucket, else 403`, async () => {
    type Command = GetObjectCommand;
    await rejects(reader.send(ask(BUCKET) as Command), "AccessDenied", 403);
    await rejects(reader.send(ask(LISTED) as Command), "NoSuchKey", 404);
    await rejects(s3.client.send(ask(BUCKET) as Command), "NoSuchKey", 404);
  });
}

test("HeadObject is 403 without a body, also with a signed URL", async () => {
  const status = (promise: Promise<unknown>) =>
    promise.then(
      () => 200,
      (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode,
    );
  const head = (Bucket: string, Key: string) => status(reader.send(new HeadObjectCommand({ Bucket, Key })));
  assert.deepEqual(
    [await head(BUCKET, "missing"), await head(LISTED, "missing"), await head(BUCKET, "there")],
    [403, 404, 200],
  );
  const url = await getSignedUrl(reader, new GetObjectCommand({ Bucket: BUCKET, Key: "missing" }));
  const answer = await send(url);
  assert.deepEqual([answer.status, codeOf(answer)], [403, "AccessDenied"]);
});

test("without the right to list, existing objects can be read and missing ones deleted", async () => {
  const got = await reader.send(new GetObjectCommand({ Bucket: BUCKET, Key: "there" }));
  assert.equal(await got.Body?.transformToString(), "it is");
  await reader.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "missing" }));
  const Objects = [{ Key: "missing" }, { Key: "missing", ETag: "*" }];
  const many = await reader.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
  assert.deepEqual([many.Deleted?.length, many.Errors?.map(({ Code }) => Code)], [1, ["AccessDenied"]]);
});

test("only callers with the right may list, and a key id without a signature proves nothing", async () => {
  await rejects(reader.send(new ListObjectsV2Command({ Bucket: BUCKET })), "AccessDenied", 403);
  await rejects(reader.send(new ListObjectsCommand({ Bucket: BUCKET })), "AccessDenied", 403);
  await rejects(reader.send(new ListObjectVersionsCommand({ Bucket: BUCKET })), "AccessDenied", 403);
  await assert.rejects(reader.send(new HeadBucketCommand({ Bucket: BUCKET })));
  assert.equal((await reader.send(new ListObjectsV2Command({ Bucket: LISTED }))).KeyCount, 1);
  await reader.send(new HeadBucketCommand({ Bucket: LISTED }));
  const forged = s3.connect({ credentials: { ...READER, secretAccessKey: "guessed" } });
  await rejects(forged.send(new ListObjectsV2Command({ Bucket: LISTED })), "SignatureDoesNotMatch", 403);
});
