/** Objects in one piece: checksums, conditions and ranges. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  type ChecksumAlgorithm,
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { BUCKET, CREDENTIALS, codeOf, rejects, send, startTestS3 } from "../../testing/s3.ts";
import { signHeaders } from "../../testing/sign.ts";
import { until } from "../../testing/until.ts";

const s3 = await startTestS3();
let counter = 0;
const newKey = (): string => `key-${counter++}`;
const put = (input: Partial<PutObjectCommandInput> & { Key: string }) =>
  s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Body: "0123456789", ...input }));
const get = (Key: string, more: object = {}) => s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...more }));

test("an object is read as it was put: bytes, type, metadata, standard headers, number of tags, MD5 as ETag", async () => {
  const Key = newKey();
  const put1 = await put({
    Key,
    ContentType: "text/x-nut",
    Metadata: { Hazel: "brown" },
    CacheControl: "no-store",
    Tagging: "a=1&b=2",
  });
  assert.equal(put1.ETag, `"${createHash("md5").update("0123456789").digest("hex")}"`);
  const got = await get(Key);
  assert.equal(await got.Body?.transformToString(), "0123456789");
  assert.deepEqual(
    [got.ContentType, got.Metadata, got.CacheControl, got.TagCount, got.ContentLength, got.ETag],
    ["text/x-nut", { hazel: "brown" }, "no-store", 2, 10, put1.ETag],
  );
  const head = await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
  assert.deepEqual([head.ContentLength, head.ETag], [10, put1.ETag]);
});

test("an object may be empty", async () => {
  const Key = newKey();
  await put({ Key, Body: "" });
  const got = await get(Key);
  assert.deepEqual([got.ContentLength, await got.Body?.transformToString()], [0, ""]);
});

const WRONG: Record<string, string> = {
  CRC32: "AAAAAA==",
  CRC32C: "AAAAAA==",
  CRC64NVME: "AAAAAAAAAAA=",
  SHA1: Buffer.alloc(20).toString("base64"),
  SHA256: Buffer.alloc(32).toString("base64"),
};

for (const [algorithm, wrong] of Object.entries(WRONG)) {
  test(`${algorithm}: a checksum that the SDK sends as trailer or header is stored and returned; a wrong one is refused`, async () => {
    const Key = newKey();
    const field = `Checksum${algorithm}` as "ChecksumSHA256";
    const right = await put({ Key, ChecksumAlgorithm: algorithm as ChecksumAlgorithm });
    assert.ok(right[field]);
    const head = await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: "ENABLED" }));
    assert.deepEqual([head[field], head.ChecksumType], [right[field], "FULL_OBJECT"]);
    await rejects(put({ Key, Body: "other", [field]: wrong }), "BadDigest", 400);
    assert.equal(await (await get(Key)).Body?.transformToString(), "0123456789", "what was there is untouched");
  });
}

test("a stream of unknown length is sent in chunks with a trailing checksum", async () => {
  const Key = newKey();
  const body = Buffer.alloc(300_000, "x");
  await put({ Key, Body: body, ContentLength: body.length, ChecksumAlgorithm: "CRC64NVME" });
  assert.deepEqual(Buffer.from((await (await get(Key)).Body?.transformToByteArray()) ?? []), body);
});

test("a presigned PUT accepts exactly the signed length", async () => {
  const Key = newKey();
  const url = await getSignedUrl(
    s3.connect({ requestChecksumCalculation: "WHEN_REQUIRED" }),
    new PutObjectCommand({ Bucket: BUCKET, Key, ContentLength: 5 }),
    { signableHeaders: new Set(["content-length"]), unhoistableHeaders: new Set(["content-length"]) },
  );
  for (const body of ["1234", "123456", ""]) {
    const answer = await send(url, { method: "PUT", body, headers: { "content-length": String(body.length) } });
    assert.equal(codeOf(answer), "SignatureDoesNotMatch", `${body.length} bytes`);
  }
  assert.equal((await send(url, { method: "PUT", body: "12345", headers: { "content-length": "5" } })).status, 200);
  await rejects(get(`${Key}x`), "NoSuchKey", 404);
});

const RANGES: [range: string, status: number, text: string, contentRange: string | undefined][] = [
  ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
  ["bytes=4-4", 206, "4", "bytes 4-4/10"],
  ["bytes=7-", 206, "789", "bytes 7-9/10"],
  ["bytes=7-100", 206, "789", "bytes 7-9/10"],
  ["bytes=-3", 206, "789", "bytes 7-9/10"],
  ["bytes=-100", 206, "0123456789", "bytes 0-9/10"],
  ["bytes=5-2", 200, "0123456789", undefined],
  ["lines=1-2", 200, "0123456789", undefined],
];
for (const [range, status, text, contentRange] of RANGES) {
  test(`${range} of ten bytes is ${status} with ${text.length}`, async () => {
    const Key = newKey();
    await put({ Key });
    const got = await get(Key, { Range: range });
    assert.deepEqual(
      [got.$metadata.httpStatusCode, await got.Body?.transformToString(), got.ContentRange],
      [status, text, contentRange],
    );
  });
}

test("If-Range: the part if the object is the known one, else the whole object", async () => {
  const Key = newKey();
  const { ETag = "" } = await put({ Key });
  const { LastModified } = await get(Key);
  const url = await getSignedUrl(s3.client, new GetObjectCommand({ Bucket: BUCKET, Key }));
  const cases: [string, number][] = [
    [ETag, 206],
    [LastModified?.toUTCString() ?? "", 206],
    [`W/${ETag}`, 200],
    ['"another"', 200],
    [new Date(0).toUTCString(), 200],
  ];
  for (const [value, status] of cases) {
    const got = await send(url, { headers: { range: "bytes=2-3", "if-range": value } });
    assert.deepEqual([got.status, got.text], [status, status === 206 ? "23" : "0123456789"], value);
  }
});

test("a range beyond the end is 416", async () => {
  const Key = newKey();
  await put({ Key });
  for (const range of ["bytes=10-", "bytes=10-20", "bytes=-0"])
    await rejects(get(Key, { Range: range }), "InvalidRange", 416);
});

test("conditional reads: If-Match and If-None-Match take precedence over dates", async () => {
  const Key = newKey();
  const { ETag } = await put({ Key });
  const [past, future] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
  await get(Key, { IfMatch: ETag });
  await rejects(get(Key, { IfMatch: '"other"' }), "PreconditionFailed", 412);
  await assert.rejects(
    get(Key, { IfNoneMatch: ETag }),
    (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode === 304,
  );
  await get(Key, { IfNoneMatch: '"other"' });
  await get(Key, { IfModifiedSince: past });
  await rejects(get(Key, { IfUnmodifiedSince: past }), "PreconditionFailed", 412);
  await get(Key, { IfUnmodifiedSince: future });
  await get(Key, { IfMatch: ETag, IfUnmodifiedSince: past });
});

test("conditional writes: of many writes that require a missing object, one succeeds", async () => {
  const Key = newKey();
  const writes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => put({ Key, Body: `${n}`, IfNoneMatch: "*" })),
  );
  const won = writes.flatMap((write, n) => (write.status === "fulfilled" ? n : []));
  assert.equal(won.length, 1);
  assert.equal(await (await get(Key)).Body?.transformToString(), `${won[0]}`);
  await rejects(put({ Key, IfNoneMatch: "*" }), "PreconditionFailed", 412);
  const { ETag } = await get(Key);
  await rejects(put({ Key, IfMatch: '"other"' }), "PreconditionFailed", 412);
  await put({ Key, ...(ETag ? { IfMatch: ETag } : {}) });
  await rejects(put({ Key: newKey(), IfMatch: '"any"' }), "NoSuchKey", 404);
});

test("a copy has the same bytes, and the same metadata unless it is replaced", async () => {
  const Key = newKey();
  await put({ Key, Metadata: { a: "1" }, ContentType: "text/plain" });
  const to = newKey();
  await s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: to, CopySource: `${BUCKET}/${Key}` }));
  const copy = await get(to);
  assert.deepEqual([await copy.Body?.transformToString(), copy.Metadata], ["0123456789", { a: "1" }]);
  await s3.client.send(
    new CopyObjectCommand({
      Bucket: BUCKET,
      Key: to,
      CopySource: `${BUCKET}/${Key}`,
      MetadataDirective: "REPLACE",
      Metadata: { b: "2" },
    }),
  );
  assert.deepEqual((await get(to)).Metadata, { b: "2" });
  await rejects(
    s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: to, CopySource: `${BUCKET}/nowhere` })),
    "NoSuchKey",
    404,
  );
});

test("objects are deleted one by one or many at once, also missing ones", async () => {
  const keys = [newKey(), newKey(), "with <xml> & \u0001"];
  for (const Key of keys) await put({ Key });
  await s3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: keys[0] }));
  await rejects(get(keys[0] ?? ""), "NoSuchKey", 404);
  const Objects = [...keys, "never-there"].map((Key) => ({ Key }));
  const all = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
  assert.equal(all.Deleted?.length, 4);
  const quiet = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }));
  assert.equal(quiet.Deleted, undefined);
  for (const Key of keys) await rejects(get(Key), "NoSuchKey", 404);
});

test("a header of metadata can't add another header", async () => {
  const Key = newKey();
  await put({ Key, Metadata: { note: "plain" } });
  const url = await getSignedUrl(
    s3.client,
    new GetObjectCommand({ Bucket: BUCKET, Key, ResponseContentType: "text/plain\r\nx-evil: 1" }),
  );
  const answer = await send(url);
  assert.deepEqual([answer.headers["x-evil"], answer.status, codeOf(answer)], [undefined, 400, "InvalidArgument"]);
});

/** As UTF-8 in the request. S3 reads each byte as a character, so "ö" is answered as the encoded word of "Ã¶". */
const META: [sent: string, told: string][] = [
  ["plain = text?", "plain = text?"],
  ["ÄMÄZÕÑ S3", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="],
  ["Miniö", "=?UTF-8?Q?Mini=C3=83=C2=B6?="],
  ["a b=é_?", "=?UTF-8?Q?a_b=3D=C3=83=C2=A9=5F=3F?="],
  ["ö", "=?UTF-8?B?w4PCtg==?="],
  ["=?UTF-8?B?YXNjaWk=?=", "ascii"],
  ["=?utf-8?q?Mini=C3=B6?=", "=?UTF-8?Q?Mini=C3=B6?="],
  ["=?ISO-8859-1?Q?Mini=F6?= =?UTF-8?Q?_x?=", "=?UTF-8?Q?Mini=C3=B6_x?="],
  ["=?UTF-8?Q?a=0D=0Ax-evil:_1?=", "=?UTF-8?Q?a=0D=0Ax-evil:_1?="],
  ["=?no-such-set?Q?x?=", "=?no-such-set?Q?x?="],
];
test("metadata beyond ASCII is decoded and encoded as in RFC 2047", async () => {
  for (const [sent, told] of META) {
    const url = `${s3.url}/${BUCKET}/${newKey()}`;
    const value = Buffer.from(sent).toString("latin1");
    const put = signHeaders({
      ...{ method: "PUT", url, credentials: CREDENTIALS, at: s3.now() },
      headers: { "content-length": "0", "x-amz-meta-text": sent },
    });
    const answer = await send(url, { method: "PUT", headers: { ...put.headers, "x-amz-meta-text": value } });
    assert.equal(answer.status, 200, answer.text);
    const { headers } = signHeaders({ method: "HEAD", url, credentials: CREDENTIALS, at: s3.now() });
    const head = await send(url, { method: "HEAD", headers });
    assert.deepEqual([head.headers["x-amz-meta-text"], head.headers["x-evil"]], [told, undefined], sent);
  }
});

test("an object may have ten tags with different keys; a refused put changes nothing", async () => {
  const Key = newKey();
  const tagsOf = async () => (await s3.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key }))).TagSet;
  await put({ Key, Tagging: "foo=b%20a+r&bar&%C3%BC=%3D" });
  const expected = [
    { Key: "bar", Value: "" },
    { Key: "foo", Value: "b a r" },
    { Key: "ü", Value: "=" },
  ];
  assert.deepEqual(await tagsOf(), expected);
  assert.equal((await get(Key)).TagCount, 3);
  const ten = Array.from({ length: 10 }, (_, n) => `${n}=`).join("&");
  await rejects(put({ Key, Tagging: `${ten}&eleven=` }), "BadRequest", 400);
  for (const Tagging of ["a=1&a=2", "a=%zz"]) await rejects(put({ Key, Tagging }), "InvalidArgument", 400);
  for (const Tagging of ["=1", `${"k".repeat(129)}=1`, `k=${"v".repeat(257)}`, "aws:mine=1"])
    await rejects(put({ Key, Tagging }), "InvalidTag", 400);
  assert.deepEqual(await tagsOf(), expected);
  await put({ Key, Tagging: ten });
  assert.equal((await tagsOf())?.length, 10);
  const copy = (more: object) =>
    s3.client.send(
      new CopyObjectCommand({ Bucket: BUCKET, Key: `${Key}-copy`, CopySource: `${BUCKET}/${Key}`, ...more }),
    );
  await copy({ MetadataDirective: "REPLACE" });
  assert.equal((await get(`${Key}-copy`)).TagCount, 10, "only the other directive replaces them");
  await copy({ TaggingDirective: "REPLACE", Tagging: "one=1" });
  assert.equal((await get(`${Key}-copy`)).TagCount, 1);
});

for (const [algorithm, wrong] of Object.entries(WRONG)) {
  test(`${algorithm}: a malformed checksum is refused before the body is read`, async () => {
    const field = `Checksum${algorithm}`;
    for (const malformed of ["bad", `${wrong}AAAA`, "*"]) {
      await assert.rejects(put({ Key: newKey(), [field]: malformed }), (error: Error) => {
        assert.equal(error.name, "InvalidRequest");
        assert.equal(error.message, `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`);
        return true;
      });
    }
  });
}

test("each request that S3 bills is in the ledger, with its bytes", async () => {
  const Key = newKey();
  const from = s3.ledger.length;
  await put({ Key });
  await (await get(Key, { Range: "bytes=0-3" })).Body?.transformToByteArray();
  await send(`${s3.url}/${BUCKET}/${Key}`);
  await until("both lines", () => s3.ledger.length >= from + 2);
  const lines = s3.ledger.slice(from).map(({ operation, units }) => [operation, units.bytesIn, units.bytesOut]);
  assert.equal(lines[0]?.[0], "PutObject");
  assert.ok(Number(lines[0]?.[1]) >= 10);
  assert.deepEqual(lines[1], ["GetObject", 0, 4]);
  assert.equal(lines.length, 2, "a request that nobody signed is not billed");
});
