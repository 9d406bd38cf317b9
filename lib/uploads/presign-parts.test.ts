import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileRow } from "#lib/files/file.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { crc64, MIB, requestFor, seededBytes } from "#lib/testing/send.ts";
import { presignParts } from "./presign-parts.ts";

requireEngines();

const transfer = { workspaceId: "ws_1", id: `tr_${process.pid}` };
const file = (ordinal: number, size: number): FileRow => ({
  workspaceId: transfer.workspaceId,
  transferId: transfer.id,
  ordinal,
  chunk: 0,
  path: "a",
  size,
  type: "",
  partSize: 5 * MIB,
  state: "reserved",
  batch: "b",
});

test("length, checksum and, for a whole file, If-None-Match are signed headers, not query parameters", async () => {
  const part = { file: file(0, 3), part: 1, crc64: "AAAAAAAAAAA=" };
  const signed = await presignParts(transfer, [part]);
  const { url } = requestFor(signed, 0, { ordinal: 0, ...part });
  const query = new URL(url).searchParams;
  assert.equal(
    query.get("X-Amz-SignedHeaders"),
    "content-length;content-type;host;if-none-match;x-amz-checksum-crc64nvme",
  );
  assert.deepEqual(
    [...query.keys()].filter((name) => /checksum|length|md5/i.test(name)),
    [],
  );
  assert.ok(signed.expiresIn <= 900);
});

test("what a batch has in common is sent once: the 100th part adds only a signature", async () => {
  const parts = Array.from({ length: 100 }, (_, at) => ({ file: file(at, 3), part: 1, crc64: "AAAAAAAAAAA=" }));
  const [one, all] = [await presignParts(transfer, parts.slice(0, 1)), await presignParts(transfer, parts)];
  const perPart = (JSON.stringify(all).length - JSON.stringify(one).length) / 99;
  assert.ok(perPart < 70, `${perPart} bytes a part`);
});

test("S3 accepts exactly the announced bytes, once", async () => {
  const bytes = seededBytes("presigned", 1000);
  const part = { file: file(7, bytes.length), part: 1, crc64: await crc64(bytes) };
  const { url, headers } = requestFor(await presignParts(transfer, [part]), 0, { ordinal: 7, ...part });
  const put = async (body: Buffer, more: Record<string, string> = {}) => {
    const response = await fetch(url, { method: "PUT", headers: { ...headers, ...more }, body: new Uint8Array(body) });
    return { status: response.status, text: await response.text() };
  };
  assert.equal((await put(bytes.subarray(1))).status, 403, "shorter");
  assert.equal((await put(Buffer.concat([bytes, Buffer.from("x")]))).status, 403, "longer");
  assert.equal((await put(bytes, { "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=" })).status, 403, "another checksum");
  assert.equal((await put(bytes, { "content-type": "text/html" })).status, 403, "another type");
  const flipped = Buffer.from(bytes);
  flipped[500] = (flipped[500] ?? 0) ^ 1;
  assert.match((await put(flipped)).text, /BadDigest|XAmzContentChecksumMismatch/);
  assert.equal((await put(bytes)).status, 200);
  assert.equal((await put(bytes)).status, 412, "a second time");
});
