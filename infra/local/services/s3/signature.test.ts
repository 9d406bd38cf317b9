/** Signature Version 4, in headers and in the query; the slightest change is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { verifySigV4 } from "../../core/sigv4.ts";
import { BUCKET, CREDENTIALS, codeOf, send, startTestS3 } from "../../testing/s3.ts";
import { sha256, signHeaders } from "../../testing/sign.ts";

const s3 = await startTestS3();
await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a b+ü.txt", Body: "content" }));
const path = `/${BUCKET}/a%20b%2B%C3%BC.txt`;

/** AWS's own example: "Authenticating Requests: Using the Authorization Header", GET Object, and its presigned GET. */
const EXAMPLE = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const example = {
  method: "GET",
  path: "/test.txt",
  service: "s3" as const,
  region: "us-east-1",
  credentials: EXAMPLE,
  now: new Date("2013-05-24T00:00:00Z"),
};

test("AWS's published example of a signed header is valid", () => {
  const signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
  const verified = verifySigV4({
    ...example,
    query: "",
    headers: {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": EMPTY,
      "x-amz-date": "20130524T000000Z",
      authorization: `AWS4-HMAC-SHA256 Credential=${EXAMPLE.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=${signature}`,
    },
  });
  assert.ok(verified.ok);
});

test("AWS's published example of a presigned URL is valid for a day", () => {
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${EXAMPLE.accessKeyId}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`;
  const at = (now: string) =>
    verifySigV4({ ...example, query, headers: { host: "examplebucket.s3.amazonaws.com" }, now: new Date(now) });
  assert.ok(at("2013-05-24T23:59:59Z").ok);
  const late = at("2013-05-25T00:00:01Z");
  assert.ok(!late.ok);
  assert.deepEqual([late.code, late.message, late.status], ["AccessDenied", "Request has expired", 403]);
});

const signed = (over: Partial<Parameters<typeof signHeaders>[0]> = {}) =>
  signHeaders({ method: "GET", url: s3.url + path, credentials: CREDENTIALS, at: s3.now(), ...over }).headers;

test("a signed GET is answered; one without a signature is refused", async () => {
  const { status, text } = await send(s3.url + path, { headers: signed() });
  assert.deepEqual([status, text], [200, "content"]);
  assert.equal(codeOf(await send(s3.url + path)), "AccessDenied");
});

const REFUSED: Record<string, [headers: () => Record<string, string>, code: string, status: number]> = {
  "another method": [() => signed({ method: "PUT" }), "SignatureDoesNotMatch", 403],
  "another key": [() => signed({ url: `${s3.url}/${BUCKET}/other` }), "SignatureDoesNotMatch", 403],
  "another query": [() => signed({ url: `${s3.url}${path}?versionId=1` }), "SignatureDoesNotMatch", 403],
  "another secret": [
    () => signed({ credentials: { ...CREDENTIALS, secretAccessKey: "guessed" } }),
    "SignatureDoesNotMatch",
    403,
  ],
  "another access key": [
    () => signed({ credentials: { ...CREDENTIALS, accessKeyId: "ASIAOTHEROTHEROTHERO" } }),
    "InvalidAccessKeyId",
    403,
  ],
  "another session token": [
    () => signed({ credentials: { ...CREDENTIALS, sessionToken: "other" } }),
    "InvalidToken",
    400,
  ],
  "no session token": [
    () =>
      signed({ credentials: { accessKeyId: CREDENTIALS.accessKeyId, secretAccessKey: CREDENTIALS.secretAccessKey } }),
    "InvalidAccessKeyId",
    403,
  ],
  "another region": [() => signed({ region: "eu-central-1" }), "AuthorizationHeaderMalformed", 400],
  "a clock a quarter of an hour slow": [
    () => signed({ at: new Date(s3.now().getTime() - 16 * 60_000) }),
    "RequestTimeTooSkewed",
    403,
  ],
  "a clock a quarter of an hour fast": [
    () => signed({ at: new Date(s3.now().getTime() + 16 * 60_000) }),
    "RequestTimeTooSkewed",
    403,
  ],
  "an x-amz header that is not signed": [() => ({ ...signed(), "x-amz-meta-smuggled": "1" }), "AccessDenied", 403],
  "a header that is changed after signing": [
    () => ({ ...signed({ headers: { range: "bytes=0-1" } }), range: "bytes=0-3" }),
    "SignatureDoesNotMatch",
    403,
  ],
  "an authorization that is cut short": [
    () => ({ ...signed(), authorization: "AWS4-HMAC-SHA256 Credential=x" }),
    "AuthorizationHeaderMalformed",
    400,
  ],
  "an older version of signatures": [() => ({ ...signed(), authorization: "AWS AKIA:abc=" }), "InvalidRequest", 400],
};

for (const [name, [headers, code, status]] of Object.entries(REFUSED)) {
  test(`refused: ${name}`, async () => {
    const answer = await send(s3.url + path, { headers: headers() });
    assert.deepEqual([codeOf(answer), answer.status], [code, status], answer.text);
    assert.doesNotMatch(answer.text, /content/);
  });
}

test("a signature with any character changed is refused", async () => {
  const headers = signed();
  const genuine = headers.authorization ?? "";
  const at = genuine.length - 64;
  for (let offset = 0; offset < 64; offset += 7) {
    const flipped = genuine[at + offset] === "0" ? "1" : "0";
    const forged = genuine.slice(0, at + offset) + flipped + genuine.slice(at + offset + 1);
    const answer = await send(s3.url + path, { headers: { ...headers, authorization: forged } });
    assert.equal(codeOf(answer), "SignatureDoesNotMatch");
  }
});

test("a body must have the signed hash", async () => {
  const put = (body: string) =>
    send(`${s3.url}/${BUCKET}/hashed`, {
      method: "PUT",
      body,
      headers: {
        ...signed({
          method: "PUT",
          url: `${s3.url}/${BUCKET}/hashed`,
          payloadHash: sha256("right"),
          headers: { "content-length": "5" },
        }),
      },
    });
  assert.equal(codeOf(await put("wrong")), "XAmzContentSHA256Mismatch");
  assert.equal((await put("right")).status, 200);
});

test("a presigned GET is valid for its time, and for its own key, headers and overrides only", async () => {
  const presign = (over: object = {}) =>
    getSignedUrl(
      s3.client,
      new GetObjectCommand({
        Bucket: BUCKET,
        Key: "a b+ü.txt",
        ResponseContentDisposition: 'attachment; filename="x"',
      }),
      { expiresIn: 60, ...over },
    );
  const url = await presign();
  const answer = await send(url);
  assert.deepEqual([answer.text, answer.headers["content-disposition"]], ["content", 'attachment; filename="x"']);
  assert.equal(codeOf(await send(url.replace("filename%3D%22x", "filename%3D%22y"))), "SignatureDoesNotMatch");
  assert.equal(codeOf(await send(url.replace("a%20b", "c%20b"))), "SignatureDoesNotMatch");
  assert.equal(codeOf(await send(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))), "SignatureDoesNotMatch");
  assert.equal(codeOf(await send(url, { method: "DELETE" })), "SignatureDoesNotMatch");
  const old = await presign({ signingDate: new Date(s3.now().getTime() - 61_000) });
  assert.match((await send(old)).text, /Request has expired/);
  const early = await presign({ signingDate: new Date(s3.now().getTime() + 16 * 60_000) });
  assert.equal((await send(early)).status, 403);
});

test('a path with ".." is a key like any other, and nothing outside the data folder is reached', async () => {
  for (const key of ["../../etc/passwd", "..", ".", "a/../../b", "//x//", "\u0001\u001f", "🐿️".repeat(100)]) {
    const encoded = [...Buffer.from(key)]
      .map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`)
      .join("");
    const url = `${s3.url}/${BUCKET}/${encoded.replaceAll("%2F", "/")}`;
    const strict = `${s3.url}/${BUCKET}/${key
      .split("/")
      .map((part) => encodeURIComponent(part))
      .join("/")}`;
    const put = await send(url, {
      method: "PUT",
      body: key,
      headers: signed({ method: "PUT", url: strict, headers: { "content-length": String(Buffer.byteLength(key)) } }),
    });
    assert.equal(put.status, 200, `${key}: ${put.text}`);
    const got = await send(url, { headers: signed({ url: strict }) });
    assert.equal(got.text, key);
  }
  const long = `${s3.url}/${BUCKET}/${"k".repeat(1025)}`;
  const answer = await send(long, { method: "PUT", headers: signed({ method: "PUT", url: long }) });
  assert.equal(codeOf(answer), "KeyTooLongError");
});
