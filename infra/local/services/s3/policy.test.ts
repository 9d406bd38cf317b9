/** Bucket policies that deny signed URLs of tagged objects, as they are declared and as they are put. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CopyObjectCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectTaggingCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { policyDocument } from "#infra/upload-rules.ts";
import { BUCKET, codeOf, rejects, send, startTestS3 } from "../../testing/s3.ts";

const s3 = await startTestS3({ policy: policyDocument(BUCKET) });
const Key = "file";
const Bucket = BUCKET;
await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "the bytes" }));

const tag = (Value: string) =>
  s3.client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "access", Value }] } }));
const untag = () => s3.client.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
const sign = () =>
  getSignedUrl(s3.client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 3600, signingDate: s3.now() });
const statusOf = async (url: string, headers = {}) => (await send(url, { headers })).status;

test("a tag closes every signed URL at once, for any range, and removing it opens them again", async () => {
  const url = await sign();
  assert.equal(await statusOf(url, { range: "bytes=4-" }), 206);
  await tag("closed");
  const refused = await send(url, { headers: { range: "bytes=4-" } });
  assert.deepEqual([refused.status, codeOf(refused)], [403, "AccessDenied"]);
  assert.equal(await statusOf(url, { "if-none-match": "*" }), 403);
  assert.equal(await statusOf(await sign()), 403, "one that is signed afterwards is closed as well");
  const head = await getSignedUrl(s3.client, new HeadObjectCommand({ Bucket, Key }), { signingDate: s3.now() });
  assert.equal((await send(head, { method: "HEAD" })).status, 403);
  await untag();
  assert.equal(await statusOf(url), 200);
});

test("requests with headers are not affected, and other tags close nothing", async () => {
  await tag("closed");
  const got = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  assert.equal(await got.Body?.transformToString(), "the bytes");
  await s3.client.send(
    new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, TaggingDirective: "REPLACE" }),
  );
  await tag("open");
  assert.equal(await statusOf(await sign()), 200);
  await untag();
});

test("an object that only admits recent URLs refuses those that were signed more than a minute ago", async () => {
  const old = await sign();
  await tag("recent");
  assert.equal(await statusOf(old), 200);
  s3.advance(61_000);
  assert.equal(await statusOf(old), 403);
  assert.equal(await statusOf(await sign()), 200);
  await untag();
  assert.equal(await statusOf(old), 200);
});

test("a policy is put, read and deleted, and survives a restart", async () => {
  assert.deepEqual(
    JSON.parse((await s3.client.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? ""),
    JSON.parse(policyDocument(Bucket)),
  );
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${Bucket}/fi?*`,
    },
  });
  await s3.client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await rejects(s3.client.send(new GetObjectCommand({ Bucket, Key })), "AccessDenied", 403);
  assert.equal((await s3.client.send(new GetObjectCommand({ Bucket, Key: "copy" }))).$metadata.httpStatusCode, 200);
  await s3.client.send(new DeleteBucketPolicyCommand({ Bucket }));
  await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  await rejects(s3.client.send(new GetBucketPolicyCommand({ Bucket })), "NoSuchBucketPolicy", 404);
  await s3.restart([{ name: Bucket, cors: [], policy: policyDocument(Bucket) }]);
  await tag("closed");
  assert.equal(await statusOf(await sign()), 403);
});

test("parts of a policy that are not implemented here are refused by name, and an invalid policy as malformed", async () => {
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` };
  const put = (change: object) => {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...change }] });
    return s3.client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  };
  for (const change of [
    { Effect: "Allow" },
    { Principal: { AWS: "arn:aws:iam::000000000000:root" } },
    { Action: "s3:PutObject" },
    { NotAction: "s3:GetObject" },
    { Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { Condition: { StringEquals: { "aws:PrincipalTag/x": "y" } } },
  ])
    await rejects(put(change), "NotImplemented", 501);
  for (const change of [
    { Effect: "Maybe" },
    { Resource: "arn:aws:s3:::another/*" },
    { Condition: "always" },
    { Condition: { StringEquals: { "s3:authType": { is: "POST" } } } },
  ])
    await rejects(put(change), "MalformedPolicy", 400);
  for (const Policy of ["", "[]", "{", '{"Version":"1999-01-01"}', '{"Version":"2012-10-17","Statement":[]}'])
    await rejects(s3.client.send(new PutBucketPolicyCommand({ Bucket, Policy })), "MalformedPolicy", 400);
  assert.equal(
    JSON.parse((await s3.client.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "").Statement.length,
    2,
  );
});
