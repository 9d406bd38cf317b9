import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { crc64, MIB, requestFor, seededBytes } from "#lib/testing/send.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { setLimits } from "#lib/workspaces/set-limits.ts";
import { beginTransfer } from "./begin-transfer.ts";
import { completeFiles } from "./complete-files.ts";
import { reserveFiles } from "./reserve-files.ts";
import type { BeginInput } from "./upload-protocol.schema.ts";

requireEngines();

const file = (path: string, size: number) => ({ path, size, partSize: 5 * MIB });

const calling = (files: BeginInput["files"], more: Partial<BeginInput> = {}): BeginInput => ({
  transfer: { title: "Hazel" },
  batch: randomToken(),
  files,
  ...more,
});

const all = async (workspace: TestWorkspace) => (await listTransfers(workspace.as("owner"), {})).items;

async function reserved(workspace: TestWorkspace): Promise<number> {
  const { data } = await db().entities.quota.get({ workspaceId: workspace.id, holder: "workspace" }).go();
  return data?.bytes ?? 0;
}

test("one call creates the transfer, reserves its files and signs hashed parts, which can then be sent", async () => {
  const owner = (await makeWorkspace()).as("owner");
  const [small, large] = [seededBytes("small", 1000), seededBytes("large", 5 * MIB + 10)];
  const parts = [
    { file: 0, part: 1, bytes: small },
    { file: 1, part: 1, bytes: large.subarray(0, 5 * MIB) },
    { file: 1, part: 2, bytes: large.subarray(5 * MIB) },
  ];
  const sign = await Promise.all(parts.map(async ({ bytes, ...at }) => ({ ...at, crc64: await crc64(bytes) })));
  const files = [file("a.txt", small.length), file("b/large.bin", large.length), file("later.bin", 7)];
  const { transfer, reserved: places } = await beginTransfer(owner, calling(files, { sign }));
  assert.equal(transfer.title, "Hazel");
  assert.deepEqual([transfer.state, transfer.fileCount, transfer.bytes], ["uploading", 3, 5 * MIB + 1017]);
  assert.deepEqual([places?.firstOrdinal, places?.nextOrdinal], [0, 3]);
  for (const [index, { file: ordinal, part, bytes }] of parts.entries()) {
    assert.ok(places?.signed);
    const { url, headers } = requestFor(places.signed, index, { ordinal, part, crc64: sign[index]?.crc64 ?? "" });
    const put = await fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) });
    assert.equal(put.status, 200);
  }
  const claims = [
    { ordinal: 0, crc64: await crc64(small) },
    { ordinal: 1, crc64: await crc64(large) },
  ];
  const { files: stored } = await completeFiles(owner, { transferId: transfer.id, files: claims });
  assert.deepEqual(
    stored.map(({ state }) => state),
    ["stored", "stored"],
  );
});

test("a call that is repeated, or made twice at once, creates one transfer with its files and recipients once", async () => {
  const workspace = await makeWorkspace();
  const owner = workspace.as("owner");
  const recipients = ["a@example.org", "b@example.org"].map((email) => ({ email }));
  const call = calling([file("a", 1), file("b", 2)], { transfer: { title: "Twice", recipients } });
  const first = await beginTransfer(owner, call);
  assert.deepEqual(await beginTransfer(owner, call), first);
  assert.equal((await listDeliveries(owner, { id: first.transfer.id })).length, 2);

  const other = calling([file("a", 10)], { transfer: { recipients } });
  const answers = await Promise.all([beginTransfer(owner, other), beginTransfer(owner, other)]);
  assert.equal(answers[0].transfer.id, answers[1].transfer.id);
  assert.equal((await listDeliveries(owner, { id: answers[0].transfer.id })).length, 2);
  assert.equal((await all(workspace)).length, 2);
  assert.equal(await reserved(workspace), 13);
  const { files } = await getTransfer(owner, { id: first.transfer.id, cursor: undefined });
  assert.deepEqual(
    files.items.map(({ path }) => path),
    ["a", "b"],
  );
});

test("more files can be reserved afterwards, and a call without files creates an empty transfer", async () => {
  const owner = (await makeWorkspace()).as("owner");
  const { transfer } = await beginTransfer(owner, calling([file("a", 1)]));
  const more = {
    transferId: transfer.id,
    firstOrdinal: 1,
    batch: randomToken(),
    files: [{ ...file("b", 2), type: "" }],
  };
  assert.equal((await reserveFiles(owner, more)).nextOrdinal, 2);
  const empty = await beginTransfer(owner, calling([]));
  assert.deepEqual([empty.transfer.state, empty.reserved], ["draft", undefined]);
});

test("a call that a limit refuses leaves nothing behind", async () => {
  const workspace = await makeWorkspace();
  const owner = workspace.as("owner");
  const refused = async (limits: object, code: string, details: object) => {
    await setLimits(owner, limits);
    const call = calling([file("a", 10), file("b", 101)]);
    await assert.rejects(beginTransfer(owner, call), (error: { code?: string; details?: object }) => {
      assert.equal(error.code, code);
      assert.deepEqual(error.details, details);
      return true;
    });
  };
  await refused({ file: 100 }, "FileTooLarge", { limit: 100, file: 1 });
  await refused({ transfer: 110 }, "TransferTooLarge", { limit: 110 });
  await refused({ member: 110 }, "QuotaReached", { holder: "member", limit: 110 });
  await refused({ workspace: 110 }, "QuotaReached", { holder: "workspace", limit: 110 });
  assert.deepEqual(await all(workspace), []);
  assert.equal(await reserved(workspace), 0);
});

test("invalid input is named and leaves nothing behind", async () => {
  const workspace = await makeWorkspace();
  const begin = (input: BeginInput) => beginTransfer(workspace.as("owner"), input);
  await assert.rejects(begin(calling([file("a", 1), file("a", 1)])), { code: "InvalidInput" });
  await assert.rejects(begin(calling([file("../a", 1)])), { code: "InvalidInput" });
  await assert.rejects(begin(calling([file("a", 1)], { transfer: { title: "x".repeat(201) } })), { name: "ZodError" });
  await assert.rejects(begin(calling([file("a", 1)], { batch: "short" })), { name: "ZodError" });
  const sign = (file: number, part: number) => [{ file, part, crc64: "AAAAAAAAAAA=" }];
  await assert.rejects(begin(calling([file("a", 1)], { sign: sign(0, 2) })), { code: "PartOutOfRange" });
  await assert.rejects(begin(calling([file("a", 1)], { sign: sign(1, 1) })), { code: "PartOutOfRange" });
  assert.deepEqual(await all(workspace), []);
});

test("viewers and strangers may not, and the same batch in another workspace creates another transfer", async () => {
  const [workspace, other] = [await makeWorkspace(), await makeWorkspace()];
  const call = calling([file("a", 1)]);
  await assert.rejects(beginTransfer(workspace.as("viewer"), call), { code: "NotAllowed" });
  const mine = await beginTransfer(workspace.as("owner"), call);
  const members = await beginTransfer(workspace.as("member"), call);
  const others = await beginTransfer(other.as("owner"), call);
  assert.equal(new Set([mine, members, others].map(({ transfer }) => transfer.id)).size, 3);
  assert.equal((await all(other)).length, 1);
});
