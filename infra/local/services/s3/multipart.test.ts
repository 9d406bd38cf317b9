/** Multipart uploads. */
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { createCRC64 } from "hash-wasm";
import { BUCKET, rejects, startTestS3 } from "../../testing/s3.ts";
import { seededBytes } from "../../testing/seeded.ts";
import { until } from "../../testing/until.ts";

const s3 = await startTestS3({ abortIncompleteMultipartAfterDays: 14 });
const MIB = 1024 ** 2;
const PART = 5 * MIB;
const bytes = seededBytes(1, 2 * PART + 1000);
const parts = [bytes.subarray(0, PART), bytes.subarray(PART, 2 * PART), bytes.subarray(2 * PART)];

let counter = 0;
async function begin(more: object = {}) {
  const Key = `multipart-${counter++}`;
  const { UploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: BUCKET, Key, ChecksumAlgorithm: "CRC64NVME", ...more }),
  );
  assert.ok(UploadId);
  return { Bucket: BUCKET, Key, UploadId };
}
type At = Awaited<ReturnType<typeof begin>>;

const sendPart = async (at: At, PartNumber: number, Body: Buffer, more: object = {}): Promise<CompletedPart> => {
  const { ETag } = await s3.client.send(
    new UploadPartCommand({ ...at, PartNumber, Body, ChecksumAlgorithm: "CRC64NVME", ...more }),
  );
  return { PartNumber, ...(ETag ? { ETag } : {}) };
};
const complete = (at: At, Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
  s3.client.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts }, ...more }));
const read = async (Key: string) =>
  Buffer.from(
    (await (await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToByteArray()) ?? [],
  );

async function crc64(data: Buffer): Promise<string> {
  const hasher = await createCRC64("9a6c9329ac4bc9b5");
  return Buffer.from(hasher.init().update(data).digest("hex"), "hex").toString("base64");
}

/** Bytes of all files below a folder; files may be removed at the same time. */
const diskUsage = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );

test("parts in any order, in parallel and repeated make the object; the checksum of the whole is compared", async () => {
  const at = await begin();
  await sendPart(at, 2, seededBytes(2, PART));
  const done = await Promise.all([2, 0, 1].map((index) => sendPart(at, index + 1, parts[index] ?? Buffer.alloc(0))));
  done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  await rejects(complete(at, done, { ChecksumCRC64NVME: "AAAAAAAAAAA=" }), "BadDigest", 400);
  const result = await complete(at, done, { ChecksumCRC64NVME: await crc64(bytes) });
  assert.match(result.ETag ?? "", /^"[0-9a-f]{32}-3"$/);
  assert.equal(result.ChecksumCRC64NVME, await crc64(bytes));
  assert.deepEqual(await read(at.Key), bytes);
});

test("completing an upload copies no byte", async () => {
  const at = await begin();
  const done = [await sendPart(at, 1, parts[0] ?? Buffer.alloc(0)), await sendPart(at, 2, parts[2] ?? Buffer.alloc(0))];
  const before = diskUsage(s3.dataDir);
  await complete(at, done);
  assert.ok(Math.abs(diskUsage(s3.dataDir) - before) < MIB);
});

test("parts that the completion does not list are not in the object, and their space is freed", async () => {
  const at = await begin();
  const [first, , third] = [
    await sendPart(at, 1, parts[0] ?? Buffer.alloc(0)),
    await sendPart(at, 2, parts[1] ?? Buffer.alloc(0)),
    await sendPart(at, 3, parts[2] ?? Buffer.alloc(0)),
  ];
  const before = diskUsage(s3.dataDir);
  await complete(at, [first, third]);
  assert.deepEqual(await read(at.Key), Buffer.concat([parts[0] ?? Buffer.alloc(0), parts[2] ?? Buffer.alloc(0)]));
  await until("its space to be free", () => before - diskUsage(s3.dataDir) > 4 * MIB);
});

test("a part with a wrong checksum is refused and not stored", async () => {
  const at = await begin();
  await rejects(
    s3.client.send(new UploadPartCommand({ ...at, PartNumber: 1, Body: "x", ChecksumCRC64NVME: "AAAAAAAAAAA=" })),
    "BadDigest",
    400,
  );
  assert.equal((await s3.client.send(new ListPartsCommand(at))).Parts, undefined);
});

test("wrong completions are refused with S3's error codes, and the upload goes on", async () => {
  const at = await begin();
  const small = [await sendPart(at, 1, Buffer.from("a")), await sendPart(at, 2, Buffer.from("b"))];
  const [one, two] = small;
  assert.ok(one && two);
  await rejects(complete(at, small), "EntityTooSmall", 400);
  await rejects(complete(at, [two, one]), "InvalidPartOrder", 400);
  await rejects(complete(at, [{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }]), "InvalidPart", 400);
  await rejects(complete(at, [{ ...one, PartNumber: 9 }]), "InvalidPart", 400);
  await rejects(complete(at, []), "MalformedXML", 400);
  await rejects(complete(at, [one], { MpuObjectSize: 2 }), "InvalidRequest", 400);
  await complete(at, [one], { MpuObjectSize: 1 });
  assert.equal((await read(at.Key)).toString(), "a");
  await rejects(complete(at, [one, { ...two, PartNumber: 2 }]), "NoSuchUpload", 404);
});

test("a completion may require that there is no object; the upload still exists after a refusal", async () => {
  const at = await begin();
  const part = await sendPart(at, 1, Buffer.from("new"));
  await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: at.Key, Body: "old" }));
  await rejects(complete(at, [part], { IfNoneMatch: "*" }), "PreconditionFailed", 412);
  assert.equal((await read(at.Key)).toString(), "old");
  await complete(at, [part]);
  assert.equal((await read(at.Key)).toString(), "new");
});

test("an aborted upload is gone with its parts; an unknown one or one of another key is not found", async () => {
  const at = await begin();
  const before = diskUsage(s3.dataDir);
  await sendPart(at, 1, parts[0] ?? Buffer.alloc(0));
  await s3.client.send(new AbortMultipartUploadCommand(at));
  await until("its space to be free", () => diskUsage(s3.dataDir) - before < MIB);
  await rejects(sendPart(at, 2, Buffer.from("x")), "NoSuchUpload", 404);
  await rejects(s3.client.send(new ListPartsCommand(at)), "NoSuchUpload", 404);
  const other = await begin();
  await rejects(sendPart({ ...other, Key: "another" }, 1, Buffer.from("x")), "NoSuchUpload", 404);
});

test("parts and uploads are listed page by page", async () => {
  const at = await begin();
  for (const number of [3, 1, 10_000]) await sendPart(at, number, Buffer.from(`${number}`));
  const first = await s3.client.send(new ListPartsCommand({ ...at, MaxParts: 2 }));
  assert.deepEqual(
    first.Parts?.map((part) => [part.PartNumber, part.Size]),
    [
      [1, 1],
      [3, 1],
    ],
  );
  assert.ok(first.IsTruncated && first.Parts?.[0]?.ChecksumCRC64NVME);
  const { NextPartNumberMarker } = first;
  const second = await s3.client.send(
    new ListPartsCommand({ ...at, ...(NextPartNumberMarker ? { PartNumberMarker: NextPartNumberMarker } : {}) }),
  );
  assert.deepEqual(
    second.Parts?.map((part) => part.PartNumber),
    [10_000],
  );
  await rejects(sendPart(at, 10_001, Buffer.from("x")), "InvalidArgument", 400);
  await rejects(sendPart(at, 0, Buffer.from("x")), "InvalidArgument", 400);

  const keys = [await begin(), await begin()].map(({ Key }) => Key);
  const uploads = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: keys[0] }));
  assert.deepEqual(
    uploads.Uploads?.map(({ Key }) => Key),
    [keys[0]],
  );
  const seen: (string | undefined)[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (let page = 0; page < 20; page++) {
    const listed = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, MaxUploads: 1, ...marker }));
    seen.push(...(listed.Uploads ?? []).map(({ Key }) => Key));
    if (!listed.IsTruncated) break;
    marker = { KeyMarker: listed.NextKeyMarker ?? "", UploadIdMarker: listed.NextUploadIdMarker ?? "" };
  }
  for (const key of keys) assert.ok(seen.includes(key));
});

/** Rules are applied at the start; the clients' clock does not move. */
async function restartAfter(days: number): Promise<void> {
  s3.advance(days * 24 * 3600 * 1000);
  await s3.restart();
  s3.advance(-days * 24 * 3600 * 1000);
}

test("unfinished uploads are aborted by the bucket's rule, two weeks after they began", async () => {
  const at = await begin();
  await sendPart(at, 1, Buffer.from("x"));
  await restartAfter(13);
  assert.equal((await s3.client.send(new ListPartsCommand(at))).Parts?.length, 1);
  await restartAfter(15);
  await rejects(s3.client.send(new ListPartsCommand(at)), "NoSuchUpload", 404);
});

test("a part may be copied, as a whole or a range, and an object's parts are listed", async () => {
  const at = await begin();
  await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "source", Body: bytes }));
  const copy = async (PartNumber: number, range: string) => {
    const { CopyPartResult } = await s3.client.send(
      new UploadPartCopyCommand({ ...at, PartNumber, CopySource: `${BUCKET}/source`, CopySourceRange: range }),
    );
    return { PartNumber, ...(CopyPartResult?.ETag ? { ETag: CopyPartResult.ETag } : {}) };
  };
  await complete(at, [await copy(1, `bytes=0-${PART - 1}`), await copy(2, `bytes=${PART}-${bytes.length - 1}`)]);
  assert.deepEqual(await read(at.Key), bytes);
  const attributes = await s3.client.send(
    new GetObjectAttributesCommand({
      Bucket: BUCKET,
      Key: at.Key,
      ObjectAttributes: ["ObjectParts", "ObjectSize", "Checksum", "ETag"],
    }),
  );
  assert.deepEqual(
    [attributes.ObjectSize, attributes.ObjectParts?.TotalPartsCount, attributes.Checksum?.ChecksumCRC64NVME],
    [bytes.length, 2, await crc64(bytes)],
  );
  const second = await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: at.Key, PartNumber: 2 }));
  assert.deepEqual([second.ContentLength, second.PartsCount], [bytes.length - PART, 2]);
  assert.deepEqual(Buffer.from((await second.Body?.transformToByteArray()) ?? []), bytes.subarray(PART));
});

test("@aws-sdk/lib-storage uploads a stream of unknown length", async () => {
  const Key = "lib-storage";
  const upload = new Upload({
    client: s3.client,
    params: { Bucket: BUCKET, Key, Body: Readable.from([parts[0], parts[1], parts[2]]) },
    partSize: PART,
    queueSize: 3,
  });
  await upload.done();
  assert.deepEqual(await read(Key), bytes);
});

test("an upload with SHA-256 has the checksum of its parts' checksums, and can't have one of the whole", async () => {
  const at = await begin({ ChecksumAlgorithm: "SHA256" });
  const part = await s3.client.send(
    new UploadPartCommand({ ...at, PartNumber: 1, Body: "abc", ChecksumAlgorithm: "SHA256" }),
  );
  const listed = { PartNumber: 1, ETag: part.ETag ?? "", ChecksumSHA256: part.ChecksumSHA256 ?? "" };
  const result = await complete(at, [listed]);
  assert.match(result.ChecksumSHA256 ?? "", /^[\w+/]{43}=-1$/);
  await rejects(begin({ ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" }), "InvalidRequest", 400);
});
