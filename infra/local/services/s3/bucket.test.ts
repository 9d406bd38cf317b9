/** Listings, CORS, lifecycle and tags. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectTaggingCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { BUCKET, codeOf, send, startTestS3 } from "../../testing/s3.ts";

const DAY = 24 * 3600 * 1000;
const ORIGIN = "http://localhost:3000";
const s3 = await startTestS3({
  cors: [
    {
      allowedOrigins: [ORIGIN, "https://*.example.com"],
      allowedMethods: ["GET", "PUT"],
      allowedHeaders: ["content-type", "x-amz-*"],
      exposeHeaders: ["ETag"],
      maxAgeSeconds: 600,
    },
  ],
});
const KEYS = ["a.txt", "b/1.txt", "b/2.txt", "b/c/3.txt", "d/e", "ä ö/ü.txt", "🐿️", "z<&>\u0001"];
for (const Key of KEYS) await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Key }));
const byBytes = (keys: string[]): string[] => [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const list = (more: object = {}) => s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET, ...more }));
const decode = (keys: (string | undefined)[] | undefined) => keys?.map((key) => decodeURIComponent(key ?? ""));

test("keys are listed in the order of their UTF-8 bytes", async () => {
  const { Contents, KeyCount, IsTruncated } = await list({ EncodingType: "url" });
  assert.deepEqual(decode(Contents?.map(({ Key }) => Key)), byBytes(KEYS));
  assert.deepEqual([KeyCount, IsTruncated], [KEYS.length, false]);
});

test("a delimiter groups keys into their common prefixes", async () => {
  const top = await list({ Delimiter: "/", EncodingType: "url" });
  assert.deepEqual(decode(top.CommonPrefixes?.map(({ Prefix }) => Prefix)), ["b/", "d/", "ä ö/"]);
  const below = await list({ Delimiter: "/", Prefix: "b/" });
  assert.deepEqual(
    below.Contents?.map(({ Key }) => Key),
    ["b/1.txt", "b/2.txt"],
  );
  assert.deepEqual(
    below.CommonPrefixes?.map(({ Prefix }) => Prefix),
    ["b/c/"],
  );
});

test("with any page size every key and prefix is listed once", async () => {
  for (const MaxKeys of [1, 2, 3, 7, 1000]) {
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await list({
        Delimiter: "/",
        MaxKeys,
        EncodingType: "url",
        ...(ContinuationToken ? { ContinuationToken } : {}),
      });
      seen.push(
        ...(decode([
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ]) ?? []),
      );
      ContinuationToken = page.NextContinuationToken;
      assert.ok((page.KeyCount ?? 0) <= MaxKeys);
    } while (ContinuationToken);
    assert.deepEqual(byBytes(seen), byBytes(["a.txt", "b/", "d/", "ä ö/", "🐿️", "z<&>\u0001"]), `${MaxKeys} a page`);
  }
});

test("a listing may start after a key, and may be empty", async () => {
  const after = await list({ StartAfter: "b/2.txt", Prefix: "b/" });
  assert.deepEqual(
    after.Contents?.map(({ Key }) => Key),
    ["b/c/3.txt"],
  );
  assert.deepEqual([(await list({ Prefix: "nothing" })).KeyCount, (await list({ MaxKeys: 0 })).KeyCount], [0, 0]);
  const first = await s3.client.send(new ListObjectsCommand({ Bucket: BUCKET, MaxKeys: 1, Marker: "a.txt" }));
  assert.deepEqual(
    first.Contents?.map(({ Key }) => Key),
    ["b/1.txt"],
  );
});

test("owners are named on request, the same everywhere, by id only", async () => {
  const first = await s3.client.send(new ListObjectsCommand({ Bucket: BUCKET }));
  const owner = first.Contents?.[0]?.Owner;
  assert.match(owner?.ID ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(Object.keys(owner ?? {}), ["ID"]);
  const asked = await list({ FetchOwner: true });
  assert.ok(asked.Contents?.length === KEYS.length && asked.Contents.every(({ Owner }) => Owner?.ID === owner?.ID));
  for (const unasked of [await list(), await list({ FetchOwner: false })])
    assert.ok(unasked.Contents?.every(({ Owner }) => Owner === undefined));
  assert.deepEqual((await s3.client.send(new ListBucketsCommand({}))).Owner, owner);
  const at = { Bucket: BUCKET, Key: "owned" };
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(at));
  const uploads = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: at.Key }));
  const parts = await s3.client.send(new ListPartsCommand({ ...at, UploadId }));
  for (const { Owner, Initiator } of [uploads.Uploads?.[0] ?? {}, parts])
    assert.deepEqual([Owner, Initiator], [owner, owner]);
});

test("a continuation token that no answer contained is refused, as is an empty one", async () => {
  for (const ContinuationToken of ["", "a b", "?"]) {
    await assert.rejects(list({ ContinuationToken }), (error: Error & { ArgumentName?: string }) => {
      assert.deepEqual([error.name, error.ArgumentName], ["InvalidArgument", "continuation-token"]);
      return true;
    });
  }
});

const preflight = (headers: Record<string, string>) =>
  send(`${s3.url}/${BUCKET}/a.txt`, {
    method: "OPTIONS",
    headers: { "access-control-request-method": "PUT", ...headers },
  });

test("a preflight of an allowed origin is answered, also if only a pattern allows it", async () => {
  const answer = await preflight({ origin: ORIGIN, "access-control-request-headers": "Content-Type, x-amz-meta-a" });
  assert.equal(answer.status, 200);
  assert.deepEqual(
    ["access-control-allow-origin", "access-control-allow-headers", "access-control-max-age", "vary"].map(
      (name) => answer.headers[name],
    ),
    [
      ORIGIN,
      "content-type, x-amz-meta-a",
      "600",
      "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    ],
  );
  assert.match(String(answer.headers["access-control-allow-methods"]), /PUT/);
  assert.equal((await preflight({ origin: "https://files.example.com" })).status, 200);
});

for (const [what, headers] of Object.entries({
  "another origin": { origin: "https://elsewhere.example" },
  "an origin that ends like one": { origin: "https://evilexample.com" },
  "another method": { origin: ORIGIN, "access-control-request-method": "DELETE" },
  "another header": { origin: ORIGIN, "access-control-request-headers": "authorization" },
})) {
  test(`a preflight of ${what} is refused`, async () => {
    const answer = await preflight(headers);
    assert.deepEqual([answer.status, codeOf(answer)], [403, "AccessForbidden"]);
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });
}

test("an answer, also an error, says which origin may read it", async () => {
  const ask = (origin: string) => send(`${s3.url}/${BUCKET}/a.txt`, { headers: { origin } });
  assert.equal((await ask(ORIGIN)).headers["access-control-allow-origin"], ORIGIN);
  assert.equal((await ask(ORIGIN)).headers["access-control-expose-headers"], "ETag");
  assert.equal((await ask("https://elsewhere.example")).headers["access-control-allow-origin"], undefined);
  const { CORSRules } = await s3.client.send(new GetBucketCorsCommand({ Bucket: BUCKET }));
  assert.equal(CORSRules?.[0]?.MaxAgeSeconds, 600);
});

test("tags are set, read and removed, and the object stays the same", async () => {
  const at = { Bucket: BUCKET, Key: "a.txt" };
  const before = await s3.client.send(new HeadObjectCommand(at));
  await s3.client.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: [{ Key: "k&", Value: "<v>" }] } }));
  assert.deepEqual((await s3.client.send(new GetObjectTaggingCommand(at))).TagSet, [{ Key: "k&", Value: "<v>" }]);
  const after = await s3.client.send(new HeadObjectCommand(at));
  assert.deepEqual([after.ETag, after.LastModified], [before.ETag, before.LastModified]);
  await s3.client.send(new DeleteObjectTaggingCommand(at));
  assert.deepEqual((await s3.client.send(new GetObjectTaggingCommand(at))).TagSet, []);
  const TagSet = Array.from({ length: 11 }, (_, n) => ({ Key: `${n}`, Value: "" }));
  await assert.rejects(s3.client.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet } })), {
    name: "BadRequest",
  });
});

test("a lifecycle rule is stored, read, and applied when it is due", async () => {
  await assert.rejects(s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET })), {
    name: "NoSuchLifecycleConfiguration",
  });
  const Rules = [{ ID: "old", Status: "Enabled" as const, Filter: { Prefix: "d/" }, Expiration: { Days: 3 } }];
  await s3.client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration: { Rules } }),
  );
  const told = await s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }));
  assert.deepEqual(told.Rules, Rules);
  const wrong = [{ Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: 0 } }];
  await assert.rejects(
    s3.client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration: { Rules: wrong } }),
    ),
    { name: "InvalidArgument" },
  );
  s3.advance(4 * DAY);
  // Without a declaration the configuration stays as it was.
  await s3.restart([]);
  s3.advance(-4 * DAY);
  assert.deepEqual((await list({ Prefix: "d/" })).KeyCount, 0);
  assert.equal((await list({ Prefix: "b/" })).KeyCount, 3);
  await s3.client.send(new DeleteBucketLifecycleCommand({ Bucket: BUCKET }));
});

test("an unknown bucket and an unknown operation are errors that name them", async () => {
  const other = s3.connect({});
  await assert.rejects(other.send(new ListObjectsV2Command({ Bucket: "another" })), { name: "NoSuchBucket" });
});
