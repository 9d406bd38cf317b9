/** Objects read by the numbers of their parts, and parts copied from ranges of objects. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { BUCKET, CREDENTIALS, codeOf, rejects, send, startTestS3 } from "../../testing/s3.ts";
import { seededBytes } from "../../testing/seeded.ts";
import { signHeaders } from "../../testing/sign.ts";

const s3 = await startTestS3();
const PART = 5 * 1024 ** 2;
const bytes = seededBytes(7, PART + 10);
const checksums = new Map<number, string | undefined>();

/** Parts 2 and 7: numbers may have gaps. */
before(async () => {
  const at = { Bucket: BUCKET, Key: "parts" };
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: "CRC64NVME" }),
  );
  const Parts = [];
  for (const [PartNumber, Body] of [
    [2, bytes.subarray(0, PART)],
    [7, bytes.subarray(PART)],
  ] as const) {
    const sent = await s3.client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ChecksumAlgorithm: "CRC64NVME" }),
    );
    checksums.set(PartNumber, sent.ChecksumCRC64NVME);
    Parts.push({ PartNumber, ETag: sent.ETag });
  }
  await s3.client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
  await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "whole", Body: "0123456789" }));
  await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "empty", Body: "" }));
});

const READS: [key: string, part: number, from: number, to: number, count: number | undefined][] = [
  ["parts", 2, 0, PART, 2],
  ["parts", 7, PART, PART + 10, 2],
];
for (const [Key, PartNumber, from, to, count] of READS) {
  test(`part ${PartNumber} has its own bytes and checksum, and the answer counts both parts`, async () => {
    const input = { Bucket: BUCKET, Key, PartNumber, ChecksumMode: "ENABLED" as const };
    for (const got of [
      await s3.client.send(new GetObjectCommand(input)),
      await s3.client.send(new HeadObjectCommand(input)),
    ]) {
      const range = `bytes ${from}-${to - 1}/${bytes.length}`;
      assert.deepEqual(
        [got.$metadata.httpStatusCode, got.ContentLength, got.ContentRange, got.PartsCount],
        [206, to - from, range, count],
      );
      assert.deepEqual([got.ChecksumCRC64NVME, got.ChecksumType], [checksums.get(PartNumber), "FULL_OBJECT"]);
      if ("Body" in got)
        assert.deepEqual(Buffer.from((await got.Body?.transformToByteArray()) ?? []), bytes.subarray(from, to));
    }
  });
}

test("an object that was put in one piece is part 1 and has no part count; an empty object has no range", async () => {
  const whole = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "whole", PartNumber: 1 }));
  assert.deepEqual(
    [whole.ContentRange, whole.PartsCount, await whole.Body?.transformToString()],
    ["bytes 0-9/10", undefined, "0123456789"],
  );
  const empty = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "empty", PartNumber: 1 }));
  assert.deepEqual([empty.$metadata.httpStatusCode, empty.ContentLength, empty.ContentRange], [200, 0, undefined]);
});

test("a missing part is 416, and a part that exists is returned", async () => {
  for (const [Key, part, actual] of [
    ["parts", 1, 2],
    ["parts", 3, 2],
    ["parts", 8, 2],
    ["whole", 2, 1],
    ["empty", 2, 1],
  ] as const) {
    const url = `${s3.url}/${BUCKET}/${Key}?partNumber=${part}`;
    const { headers } = signHeaders({ method: "GET", url, credentials: CREDENTIALS, at: s3.now() });
    const answer = await send(url, { headers });
    assert.deepEqual([answer.status, codeOf(answer)], [416, "InvalidPartNumber"], url);
    assert.match(answer.text, new RegExp(`<PartNumberRequested>${part}</.*<ActualPartCount>${actual}</`));
    const input = { Bucket: BUCKET, Key, PartNumber: part };
    await assert.rejects(
      s3.client.send(new HeadObjectCommand(input)),
      (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode === 416,
    );
  }
  const get = (more: object) => s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "parts", ...more }));
  await rejects(get({ PartNumber: 0 }), "InvalidArgument", 400);
  await rejects(get({ PartNumber: 10_001 }), "InvalidArgument", 400);
  await rejects(get({ PartNumber: 2, Range: "bytes=0-1" }), "InvalidRequest", 400);
});

test("a part is copied from a range within its source; other ranges are refused", async () => {
  const at = { Bucket: BUCKET, Key: "copied-part" };
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(at));
  const copy = (CopySourceRange: string | undefined, CopySource = `${BUCKET}/whole`) =>
    s3.client.send(new UploadPartCopyCommand({ ...at, UploadId, PartNumber: 1, CopySource, CopySourceRange }));
  for (const range of ["bytes=0-10", "bytes=9-10", "bytes=10-10", "bytes=100-200"]) {
    await rejects(copy(range), "InvalidArgument", 400);
    await assert.rejects(copy(range), /Range specified is not valid for source object of size: 10/, range);
  }
  for (const range of [
    "0-2",
    "bytes=0",
    "bytes=-2",
    "bytes=2-",
    "bytes=5-4",
    "bytes=a-b",
    "bytes=0-2,3-5",
    "bytes 0-2",
  ])
    await assert.rejects(copy(range), /must be of the form bytes=first-last/, range);
  assert.equal((await s3.client.send(new ListPartsCommand({ ...at, UploadId }))).Parts, undefined);
  const { CopyPartResult } = await copy("bytes=9-9");
  assert.ok(CopyPartResult?.ETag && CopyPartResult.ChecksumCRC64NVME);
  await copy("bytes=0-9");
  await copy(undefined);
  assert.equal((await s3.client.send(new ListPartsCommand({ ...at, UploadId }))).Parts?.[0]?.Size, 10);
  await rejects(copy(undefined, `${BUCKET}/nowhere`), "NoSuchKey", 404);
  await rejects(copy(undefined, "no-such-bucket/whole"), "NoSuchBucket", 404);
  await rejects(copy(undefined, `${BUCKET}/`), "InvalidArgument", 400);
});

test("a copy of an object to itself must change something", async () => {
  const copy = (more: object = {}) =>
    s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: "whole", CopySource: `${BUCKET}/whole`, ...more }));
  await rejects(copy(), "InvalidRequest", 400);
  const { CopyObjectResult } = await copy({ MetadataDirective: "REPLACE", Metadata: { a: "b" } });
  assert.equal(CopyObjectResult?.ChecksumType, "FULL_OBJECT");
});
