import assert from "node:assert/strict";
import { test } from "node:test";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { crc64, MIB, requestFor, reservation, seededBytes, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { cancelFiles } from "./cancel-files.ts";
import { completeFiles } from "./complete-files.ts";
import { getUploadStatus } from "./get-upload-status.ts";
import { reserveFiles } from "./reserve-files.ts";
import { signParts } from "./sign-parts.ts";

requireEngines();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

async function begin(): Promise<{ ws: TestWorkspace; owner: Ctx; transferId: string; link: string }> {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, {});
  return { ws, owner, transferId: id, link };
}

async function put(owner: Ctx, transferId: string, ordinal: number, part: number, bytes: Buffer, claimed = bytes) {
  const signedPart = { ordinal, part, crc64: await crc64(claimed) };
  const signed = await signParts(owner, { transferId, parts: [signedPart] });
  const { url, headers } = requestFor(signed, 0, signedPart);
  return fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) });
}

test("a file of one part is stored in S3 and downloaded again, bit for bit", async () => {
  const { ws, owner, transferId, link } = await begin();
  const bytes = seededBytes("one part", 100_000);
  await sendFile(owner, transferId, 0, "folder/a name.bin", bytes);
  await makeReady(owner, transferId, 0);
  const { url, expiresIn } = await grantDownload(await ws.guest(link), { ordinal: 0 });
  assert.equal(expiresIn, 3600, "a browser goes on at this URL after a pause");
  const got = await fetch(url);
  assert.match(got.headers.get("content-disposition") ?? "", /^attachment; filename="a name\.bin"/);
  assert.equal(got.headers.get("content-type"), "application/octet-stream");
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes);
});

test("a file of several parts is completed with the checksum of the whole, and completing twice gives the same answer", async () => {
  const { ws, owner, transferId, link } = await begin();
  const bytes = seededBytes("multipart", 5 * MIB + 1000);
  await reserveFiles(owner, reservation(transferId, 0, [{ path: "big.bin", size: bytes.length }]));
  assert.equal((await put(owner, transferId, 0, 1, bytes.subarray(0, 5 * MIB))).status, 200);
  const whole = { ordinal: 0, crc64: await crc64(bytes) };
  const early = await completeFiles(owner, { transferId, files: [whole] });
  assert.equal(early.files[0]?.error?.code, "PartsMissing");
  assert.equal((await put(owner, transferId, 0, 2, bytes.subarray(5 * MIB))).status, 200);
  const status = await getUploadStatus(owner, { transferId, ordinal: 0 });
  assert.deepEqual(
    status.parts?.map(({ part, size }) => [part, size]),
    [
      [1, 5 * MIB],
      [2, 1000],
    ],
  );
  const wrong = await completeFiles(owner, {
    transferId,
    files: [{ ordinal: 0, crc64: await crc64(Buffer.from("x")) }],
  });
  assert.equal(wrong.files[0]?.error?.code, "ChecksumMismatch");
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await completeFiles(owner, { transferId, files: [whole] }), {
      files: [{ ordinal: 0, state: "stored" }],
    });
  }
  await makeReady(owner, transferId, 0);
  const { url } = await grantDownload(await ws.guest(link), { ordinal: 0 });
  assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), bytes);
});

test("an upload that S3 completed before the row was updated is detected by the object", async () => {
  const { owner, transferId } = await begin();
  const bytes = seededBytes("lost answer", 5 * MIB + 1);
  await reserveFiles(owner, reservation(transferId, 0, [{ path: "big.bin", size: bytes.length }]));
  await put(owner, transferId, 0, 1, bytes.subarray(0, 5 * MIB));
  await put(owner, transferId, 0, 2, bytes.subarray(5 * MIB));
  const files = [{ ordinal: 0, crc64: await crc64(bytes) }];
  const both = await Promise.all([
    completeFiles(owner, { transferId, files }),
    completeFiles(owner, { transferId, files }),
  ]);
  for (const answer of both) assert.equal(answer.files[0]?.state, "stored", JSON.stringify(answer));
});

test("S3 refuses a body that is longer, shorter or different from what was signed, and stores nothing", async () => {
  const { owner, transferId } = await begin();
  const bytes = seededBytes("signed", 1000);
  await reserveFiles(owner, reservation(transferId, 0, [{ path: "a.bin", size: 1000 }]));
  assert.equal((await put(owner, transferId, 0, 1, Buffer.concat([bytes, bytes]), bytes)).status, 403);
  assert.equal((await put(owner, transferId, 0, 1, bytes.subarray(1), bytes)).status, 403);
  assert.equal((await put(owner, transferId, 0, 1, seededBytes("other", 1000), bytes)).status, 400);
  const answer = await completeFiles(owner, { transferId, files: [{ ordinal: 0, crc64: await crc64(bytes) }] });
  assert.equal(answer.files[0]?.error?.code, "NotUploaded");
});

test("a stored object can't be replaced", async () => {
  const { owner, transferId } = await begin();
  const bytes = seededBytes("first", 1000);
  await reserveFiles(owner, reservation(transferId, 0, [{ path: "a.bin", size: 1000 }]));
  assert.equal((await put(owner, transferId, 0, 1, bytes)).status, 200);
  assert.equal((await put(owner, transferId, 0, 1, seededBytes("second", 1000))).status, 412);
  await completeFiles(owner, { transferId, files: [{ ordinal: 0, crc64: await crc64(bytes) }] });
  await assert.rejects(put(owner, transferId, 0, 1, bytes), code("FileNotUploadable"));
});

test("a file may be empty", async () => {
  const { ws, owner, transferId, link } = await begin();
  await sendFile(owner, transferId, 0, "empty", Buffer.alloc(0));
  await sealTransfer(owner, { transferId });
  await makeReady(owner, transferId, 0);
  const { url } = await grantDownload(await ws.guest(link), { ordinal: 0 });
  assert.equal((await (await fetch(url)).arrayBuffer()).byteLength, 0);
});

test("a repeated reservation changes nothing; one of another sender is refused, with the next free ordinal", async () => {
  const { owner, transferId } = await begin();
  const first = reservation(transferId, 0, [
    { path: "a", size: 1 },
    { path: "b", size: 1 },
  ]);
  const answer = { firstOrdinal: 0, nextOrdinal: 2 };
  assert.deepEqual(await reserveFiles(owner, first), answer);
  assert.deepEqual(await reserveFiles(owner, first), answer);
  const other = reservation(transferId, 0, [{ path: "c", size: 1 }]);
  await assert.rejects(reserveFiles(owner, other), (error: { details?: unknown }) => {
    assert.deepEqual(error.details, { nextOrdinal: 2 });
    return true;
  });
  await reserveFiles(owner, { ...other, firstOrdinal: 2 });
  assert.deepEqual(await reserveFiles(owner, first), answer);
  const { files, transfer } = await getTransfer(owner, { id: transferId });
  assert.deepEqual(
    files.items.map((file) => file.path),
    ["a", "b", "c"],
  );
  assert.equal(transfer.fileCount, 3);
});

test("of reservations at the same moment each gets its own ordinals", async () => {
  const { owner, transferId } = await begin();
  const calls = Array.from({ length: 8 }, (_, index) =>
    reservation(transferId, 0, [{ path: `file ${index}`, size: 1 }]),
  );
  const settled = await Promise.allSettled(calls.map((call) => reserveFiles(owner, call)));
  assert.equal(settled.filter((one) => one.status === "fulfilled").length, 1);
});

test("hostile and unusual names are kept as data; paths that leave their folder are refused", async () => {
  const { owner, transferId } = await begin();
  const names = [
    "..a",
    "con",
    "a\u0000b\u0007",
    "naïve \u{1F43F}.txt",
    "\u202egpj.exe",
    "x".repeat(1000),
    "a\\b",
    "dir/./b",
    "/lead",
  ];
  await reserveFiles(
    owner,
    reservation(
      transferId,
      0,
      names.map((path) => ({ path, size: 1 })),
    ),
  );
  const { files } = await getTransfer(owner, { id: transferId });
  assert.deepEqual(
    files.items.map((file) => file.path),
    [...names.slice(0, 7), "dir/b", "lead"],
  );
  for (const path of ["../up", "a/../../b", "..", "", "/", "x".repeat(5000)]) {
    await assert.rejects(reserveFiles(owner, reservation(transferId, 9, [{ path, size: 1 }])), code("InvalidInput"));
  }
});

test("two files with the same path in a reservation, and too many files in a transfer, are refused with a sentence", async () => {
  const { owner, transferId } = await begin();
  const twice = [
    { path: "a", size: 1 },
    { path: "./a", size: 2 },
  ];
  await assert.rejects(reserveFiles(owner, reservation(transferId, 0, twice)), /same path/);
  await assert.rejects(
    reserveFiles(owner, reservation(transferId, 100_000, [{ path: "a", size: 1 }])),
    code("TooManyFiles"),
  );
  const huge = reservation(transferId, 0, [{ path: "a", size: 5 * MIB * 10_001 }]);
  await assert.rejects(reserveFiles(owner, huge), /larger parts/);
});

test("a part beyond the file's end is not signed", async () => {
  const { owner, transferId } = await begin();
  await reserveFiles(owner, reservation(transferId, 0, [{ path: "a", size: 1 }]));
  await assert.rejects(put(owner, transferId, 0, 2, Buffer.from("x")), code("PartOutOfRange"));
});

test("a cancelled file is removed from S3 and the guest page, and the seal does not require it", async () => {
  const { ws, owner, transferId, link } = await begin();
  await sendFile(owner, transferId, 0, "keep", Buffer.from("a"));
  await sendFile(owner, transferId, 1, "drop", Buffer.from("b"));
  await makeReady(owner, transferId, 1);
  const { url } = await grantDownload(await ws.guest(link), { ordinal: 1 });
  assert.deepEqual(await cancelFiles(owner, { transferId, ordinals: [1] }), { cancelled: 1 });
  assert.equal((await fetch(url)).status, 404);
  await assert.rejects(grantDownload(await ws.guest(link), { ordinal: 1 }), code("FileNotFound"));
  await sealTransfer(owner, { transferId });
  assert.equal((await getTransfer(owner, { id: transferId })).transfer.fileCount, 1);
});

test("a finished file can be downloaded while others are uploaded, an unfinished one can't", async () => {
  const { ws, owner, transferId, link } = await begin();
  await sendFile(owner, transferId, 0, "done", Buffer.from("a"));
  await reserveFiles(owner, reservation(transferId, 1, [{ path: "coming", size: 1 }]));
  await makeReady(owner, transferId, 0);
  await grantDownload(await ws.guest(link), { ordinal: 0 });
  await assert.rejects(grantDownload(await ws.guest(link), { ordinal: 1 }), code("FileNotReady"));
});

test("registering files costs about one write unit each, and ten thousand are listed page by page", async () => {
  const { owner, transferId } = await begin();
  const files = Array.from({ length: 500 }, (_, index) => ({
    path: `folder ${index % 7}/photo ${index}.jpg`,
    size: 20_000,
  }));
  const { CountingMeter, withMeter } = await import("#lib/metering/meter.ts");
  const meter = new CountingMeter();
  for (let batch = 0; batch < 3; batch++) {
    await withMeter(meter, () => reserveFiles(owner, reservation(transferId, batch * 500, files)));
  }
  const units = [...meter.totals]
    .filter(([key]) => key.endsWith("writeUnits"))
    .reduce((sum, [, value]) => sum + value, 0);
  assert.ok(units >= 1500 && units <= 1.2 * 1500, `${units} write units for 1500 files`);
  const first = await getTransfer(owner, { id: transferId });
  assert.equal(first.files.items.length, 1000);
  const second = await getTransfer(owner, { id: transferId, cursor: first.files.cursor });
  assert.deepEqual([second.files.items.length, second.files.cursor], [500, undefined]);
});
