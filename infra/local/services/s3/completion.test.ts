/** The completion of multipart uploads: checksums of the whole and their types, repeated completions, conditions. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { crc32, crc64 } from "hash-wasm";
import { BUCKET, rejects, startTestS3 } from "../../testing/s3.ts";
import { seededBytes } from "../../testing/seeded.ts";

const s3 = await startTestS3();
const PART = 5 * 1024 ** 2;
const bytes = seededBytes(1, PART + 1000);
const parts = [bytes.subarray(0, PART), bytes.subarray(PART)];
const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
const sha256 = (data: Uint8Array): Buffer => createHash("sha256").update(data).digest();

let counter = 0;
async function begin(more: object = {}) {
  const Key = `completion-${counter++}`;
  const created = await s3.client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key, ...more }));
  return { created, at: { Bucket: BUCKET, Key, UploadId: created.UploadId ?? "" } };
}
type At = Awaited<ReturnType<typeof begin>>["at"];

/** What a client lists of a part: its number, and the ETag and checksum that it was answered. */
async function sendPart(at: At, PartNumber: number, Body: Uint8Array | string, more: object = {}) {
  const { ETag, ChecksumCRC32, ChecksumSHA256 } = await s3.client.send(
    new UploadPartCommand({ ...at, PartNumber, Body, ...more }),
  );
  return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256 } as CompletedPart;
}
const complete = (at: At, Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
  s3.client.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts }, ...more }));
const put = (Key: string, Body: string) => s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
const read = async (Key: string) =>
  (await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToString();

const composite = (digests: Buffer[]): string =>
  `${sha256(Buffer.concat(digests)).toString("base64")}-${digests.length}`;

const KINDS: [ChecksumAlgorithm, ChecksumType | undefined, ChecksumType, () => Promise<string> | string][] = [
  ["SHA256", undefined, "COMPOSITE", () => composite(parts.map(sha256))],
  ["CRC32", "FULL_OBJECT", "FULL_OBJECT", async () => base64(await crc32(bytes))],
  ["CRC64NVME", undefined, "FULL_OBJECT", async () => base64(await crc64(bytes, "9a6c9329ac4bc9b5"))],
];
for (const [ChecksumAlgorithm, chosen, type, expected] of KINDS) {
  test(`${ChecksumAlgorithm} of ${type}: every answer names the type, and the checksum of the whole must match`, async () => {
    const field = `Checksum${ChecksumAlgorithm}` as "ChecksumSHA256";
    const { created, at } = await begin({ ChecksumAlgorithm, ...(chosen ? { ChecksumType: chosen } : {}) });
    assert.deepEqual([created.ChecksumAlgorithm, created.ChecksumType], [ChecksumAlgorithm, type]);
    const done = [
      await sendPart(at, 1, parts[0] ?? "", { ChecksumAlgorithm }),
      await sendPart(at, 2, parts[1] ?? "", { ChecksumAlgorithm }),
    ];
    const listed = await s3.client.send(new ListPartsCommand(at));
    assert.deepEqual([listed.ChecksumAlgorithm, listed.ChecksumType], [ChecksumAlgorithm, type]);
    const { Uploads } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: at.Key }));
    assert.equal(Uploads?.[0]?.ChecksumType, type);

    const value = await expected();
    const other: ChecksumType = type === "COMPOSITE" ? "FULL_OBJECT" : "COMPOSITE";
    const wrong = `${value.startsWith("A") ? "B" : "A"}${value.slice(1)}`;
    await rejects(complete(at, done, { [field]: wrong }), "BadDigest", 400);
    await rejects(complete(at, done, { [field]: value, ChecksumType: other }), "BadDigest", 400);
    await rejects(complete(at, done, { ChecksumSHA1: Buffer.alloc(20).toString("base64") }), "BadDigest", 400);
    const result = await complete(at, done, { [field]: value, ChecksumType: type });
    assert.deepEqual([result[field], result.ChecksumType], [value, type]);

    const object = { Bucket: BUCKET, Key: at.Key, ChecksumMode: "ENABLED" as const };
    const head = await s3.client.send(new HeadObjectCommand(object));
    assert.deepEqual([head[field], head.ChecksumType], [value, type]);
    const attributes = await s3.client.send(
      new GetObjectAttributesCommand({ Bucket: BUCKET, Key: at.Key, ObjectAttributes: ["Checksum"] }),
    );
    assert.equal(attributes.Checksum?.ChecksumType, type);
  });
}

test("a composite upload is completed with the checksum of each part, and each must match", async () => {
  const { at } = await begin({ ChecksumAlgorithm: "SHA256" });
  const { ETag = "", ...part } = await sendPart(at, 1, "abc", { ChecksumAlgorithm: "SHA256" });
  await assert.rejects(complete(at, [{ PartNumber: 1, ETag }]), /It was missing for part 1 in the request/);
  await rejects(
    complete(at, [{ ...part, ETag, ChecksumSHA256: sha256(bytes).toString("base64") }]),
    "InvalidPart",
    400,
  );
  const ofAnother = { PartNumber: 1, ETag, ChecksumCRC32: "AAAAAA==" };
  await rejects(complete(at, [ofAnother]), "BadDigest", 400);
  await complete(at, [{ ...part, ETag }]);
});

test("a repeated completion with the same parts gets the same answer, also at the same time", async () => {
  const { at } = await begin({ ChecksumAlgorithm: "SHA256" });
  const done = [
    await sendPart(at, 1, parts[0] ?? "", { ChecksumAlgorithm: "SHA256" }),
    await sendPart(at, 4, parts[1] ?? "", { ChecksumAlgorithm: "SHA256" }),
  ];
  const answers = await Promise.all([complete(at, done), complete(at, done), complete(at, done)]);
  const { LastModified } = await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: at.Key }));
  await s3.restart();
  s3.advance(5000);
  // It created the object itself, so its own condition does not refuse it.
  answers.push(await complete(at, done, { IfNoneMatch: "*" }));
  s3.advance(-5000);
  const told = answers.map(({ ETag, ChecksumSHA256, ChecksumType }) => [ETag, ChecksumSHA256, ChecksumType].join());
  assert.equal(new Set(told).size, 1, told.join("\n"));
  const again = await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: at.Key }));
  assert.deepEqual(again.LastModified, LastModified, "nothing was made anew");
  await rejects(complete(at, done.slice(0, 1)), "NoSuchUpload", 404);
  await rejects(complete(at, done, { MpuObjectSize: 1 }), "InvalidRequest", 400);
  await rejects(s3.client.send(new ListPartsCommand(at)), "NoSuchUpload", 404);
  await put(at.Key, "another");
  await rejects(complete(at, done), "NoSuchUpload", 404);
  assert.equal(await read(at.Key), "another");
});

test("when a part is sent twice, the upload that ends last counts, and clients may list either", async () => {
  const { at } = await begin();
  const [first, second] = [await sendPart(at, 1, "first"), await sendPart(at, 1, "second")];
  await rejects(complete(at, [first]), "InvalidPart", 400);
  await rejects(complete(at, [second, first]), "InvalidPart", 400);
  await complete(at, [first, second]);
  assert.equal(await read(at.Key), "second");
});

test("a conditional completion is refused if its key changed since the upload began: the upload must begin anew", async () => {
  const { at } = await begin();
  const part = await sendPart(at, 1, "new");
  await put(at.Key, "old");
  await rejects(complete(at, [part], { IfNoneMatch: "*" }), "PreconditionFailed", 412);
  await s3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: at.Key }));
  await rejects(complete(at, [part], { IfNoneMatch: "*" }), "ConditionalRequestConflict", 409);
  await s3.restart();
  await rejects(complete(at, [part], { IfNoneMatch: "*" }), "ConditionalRequestConflict", 409);
  s3.advance(1000);
  const { ETag = "" } = await put(at.Key, "old");
  await rejects(complete(at, [part], { IfMatch: ETag }), "ConditionalRequestConflict", 409);
  await complete(at, [part]);
  assert.equal(await read(at.Key), "new");
});

test("conditions on every kind of write: an ETag with or without quotes; other values are refused", async () => {
  const Key = `conditional-${counter++}`;
  const multipart = async (more: object) => {
    const { UploadId = "" } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    const at = { Bucket: BUCKET, Key, UploadId };
    return complete(at, [await sendPart(at, 1, "by parts")], more);
  };
  await put("copied", "copied");
  const copy = (more: object) =>
    s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key, CopySource: `${BUCKET}/copied`, ...more }));
  const plain = (more: object) => s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "plain", ...more }));
  for (const write of [plain, copy, multipart]) {
    await s3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    await rejects(write({ IfMatch: '"0123"' }), "NoSuchKey", 404);
    await write({ IfNoneMatch: "*" });
    await rejects(write({ IfNoneMatch: "*" }), "PreconditionFailed", 412);
    const etag = async () => (await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))).ETag ?? "";
    await rejects(write({ IfMatch: '"0123"' }), "PreconditionFailed", 412);
    await write({ IfMatch: await etag() });
    await write({ IfMatch: (await etag()).replaceAll('"', "") });
    for (const unknown of [{ IfMatch: "*" }, { IfNoneMatch: await etag() }, { IfMatch: "x", IfNoneMatch: "*" }])
      await rejects(write(unknown), "NotImplemented", 501);
  }
});
