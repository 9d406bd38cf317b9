import assert from "node:assert/strict";
import { test } from "node:test";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { openLink } from "#lib/links/open-link.ts";
import { renewLink } from "#lib/links/renew-link.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "./collect-transfer.ts";
import { deleteTransfer } from "./delete-transfer.ts";
import { editTransfer } from "./edit-transfer.ts";
import { extendTransfer } from "./extend-transfer.ts";
import { getTransfer } from "./get-transfer.ts";
import { listTransfers } from "./list-transfers.ts";
import { purgeTransfer } from "./purge-transfer.ts";
import { restoreTransfer } from "./restore-transfer.ts";
import { sealTransfer } from "./seal-transfer.ts";

requireEngines();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

test("a new transfer has its link before the first byte is sent", async () => {
  const ws = await makeWorkspace();
  const transfer = await createTransfer(ws.as("member"), { title: " Photos ", message: "Have a look", expiryDays: 3 });
  assert.equal(transfer.state, "draft");
  assert.equal(transfer.title, "Photos");
  assert.equal(transfer.expiresAt, new Date(ws.clock.now().getTime() + 3 * DAY).toISOString());
  const seen = await collectTransfer(await ws.guest(transfer.link), {});
  assert.deepEqual(
    [seen.title, seen.senderName, seen.workspaceName, seen.complete],
    ["Photos", "The member", "Hazel & Co", false],
  );
});

test("a title of more than 200 characters is refused", async () => {
  const ws = await makeWorkspace();
  await assert.rejects(createTransfer(ws.as("owner"), { title: "x".repeat(201) }), /at most 200 characters/);
});

test("members list their own transfers, newest first; owners and viewers everyone's", async () => {
  const ws = await makeWorkspace();
  await createTransfer(ws.as("member"), { title: "first" });
  ws.clock.advance(1000);
  await createTransfer(ws.as("owner"), { title: "second" });
  ws.clock.advance(1000);
  await createTransfer(ws.as("member"), { title: "third" });
  const titles = async (role: "owner" | "member" | "viewer", everyone: boolean) =>
    (await listTransfers(ws.as(role), { everyone })).items.map((item) => item.title);
  assert.deepEqual(await titles("member", false), ["third", "first"]);
  assert.deepEqual(await titles("member", true), ["third", "first"]);
  assert.deepEqual(await titles("owner", true), ["third", "second", "first"]);
  assert.deepEqual(await titles("viewer", true), ["third", "second", "first"]);
});

test("the list is paged with a cursor, and a broken cursor is refused with a sentence", async () => {
  const ws = await makeWorkspace();
  for (let index = 0; index < 51; index++) {
    ws.clock.advance(1);
    await createTransfer(ws.as("owner"), { title: `${index}` });
  }
  const first = await listTransfers(ws.as("owner"), {});
  assert.equal(first.items.length, 50);
  const second = await listTransfers(ws.as("owner"), { cursor: first.cursor });
  assert.deepEqual(
    second.items.map((item) => item.title),
    ["0"],
  );
  await assert.rejects(listTransfers(ws.as("owner"), { cursor: "nonsense" }), code("InvalidInput"));
});

test("title and message can be changed, and guests see it", async () => {
  const ws = await makeWorkspace();
  const { id, link } = await createTransfer(ws.as("owner"), {});
  await editTransfer(ws.as("owner"), { id, title: "New", message: "words" });
  assert.equal((await collectTransfer(await ws.guest(link), {})).title, "New");
});

test("fields that a form does not have stay the same, whatever is sent", async () => {
  const ws = await makeWorkspace();
  const { id } = await createTransfer(ws.as("owner"), {});
  const { transfer: before } = await getTransfer(ws.as("owner"), { id });
  const along = { state: "ready", expiresAt: "2999-01-01T00:00:00Z", sender: { id: "mem_other", name: "Eve" } };
  await editTransfer(ws.as("owner"), { id, title: "New", message: "", ...along } as Parameters<typeof editTransfer>[1]);
  const { transfer: after } = await getTransfer(ws.as("owner"), { id });
  assert.deepEqual(after, { ...before, title: "New", name: "New" });
});

test("an expired transfer is closed to guests, and an extension opens it again", async () => {
  const ws = await makeWorkspace();
  const { id, link } = await createTransfer(ws.as("owner"), { expiryDays: 1 });
  ws.clock.advance(DAY - 1);
  await collectTransfer(await ws.guest(link), {});
  ws.clock.advance(1);
  await assert.rejects(collectTransfer(await ws.guest(link), {}), code("TransferExpired"));
  assert.equal((await getTransfer(ws.as("owner"), { id })).transfer.state, "expired");
  const extended = await extendTransfer(ws.as("owner"), { id, expiryDays: 7 });
  assert.equal(extended.expiresAt, new Date(ws.clock.now().getTime() + 7 * DAY).toISOString());
  await collectTransfer(await ws.guest(link), {});
});

test("a deleted transfer is closed at once, can be restored, and is then as it was", async () => {
  const ws = await makeWorkspace();
  const { id, link } = await createTransfer(ws.as("owner"), {});
  await sendFile(ws.as("owner"), id, 0, "a.txt", Buffer.from("hello"));
  await sealTransfer(ws.as("owner"), { transferId: id });
  const deleted = await deleteTransfer(ws.as("owner"), { id });
  assert.equal(deleted.state, "deleted");
  await assert.rejects(collectTransfer(await ws.guest(link), {}), code("TransferDeleted"));
  await assert.rejects(grantDownload(await ws.guest(link), { ordinal: 0 }), code("TransferDeleted"));
  await assert.rejects(extendTransfer(ws.as("owner"), { id, expiryDays: 1 }), code("TransferDeleted"));
  assert.equal((await restoreTransfer(ws.as("owner"), { id })).state, "sealed");
  await makeReady(ws.as("owner"), id, 0);
  const { url } = await grantDownload(await ws.guest(link), { ordinal: 0 });
  assert.equal(await (await fetch(url)).text(), "hello");
});

test("a purge removes bytes and rows for good, may be repeated, and is possible for deleted transfers only", async () => {
  const ws = await makeWorkspace();
  const { id, link } = await createTransfer(ws.as("owner"), {});
  await sendFile(ws.as("owner"), id, 0, "a.txt", Buffer.from("hello"));
  await makeReady(ws.as("owner"), id, 0);
  const { url } = await grantDownload(await ws.guest(link), { ordinal: 0 });
  await assert.rejects(purgeTransfer(ws.as("owner"), { id }), code("TransferNotDeleted"));
  await deleteTransfer(ws.as("owner"), { id });
  assert.equal((await purgeTransfer(ws.as("owner"), { id })).purged, true);
  assert.equal((await purgeTransfer(ws.as("owner"), { id })).purged, true);
  assert.equal((await fetch(url)).status, 404);
  assert.deepEqual((await getTransfer(ws.as("owner"), { id })).files.items, []);
  await assert.rejects(restoreTransfer(ws.as("owner"), { id }), code("TransferPurged"));
});

test("a renewed link replaces the old one, which says so", async () => {
  const ws = await makeWorkspace();
  const { id, link } = await createTransfer(ws.as("owner"), {});
  const renewed = await renewLink(ws.as("owner"), { id });
  assert.notEqual(renewed.link, link);
  await assert.rejects(ws.guest(link), code("LinkRevoked"));
  await collectTransfer(await ws.guest(renewed.link), {});
});

test("a token with one changed character opens nothing", async () => {
  const ws = await makeWorkspace();
  const { link } = await createTransfer(ws.as("owner"), {});
  const token = link.slice(3);
  for (const at of [0, 10, 21, 22, 30, 42]) {
    const wrong = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    await assert.rejects(openLink(ws.nobody, { token: wrong }), code("LinkUnknown"));
  }
});

test("sealing requires every file, counts what arrived, and no file can be added after it", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, {});
  await assert.rejects(sealTransfer(owner, { transferId: id }), code("NoFiles"));
  await sendFile(owner, id, 0, "a.txt", Buffer.from("hello"));
  assert.deepEqual(await sealTransfer(owner, { transferId: id }), { state: "sealed" });
  assert.deepEqual(await sealTransfer(owner, { transferId: id }), { state: "sealed" });
  await assert.rejects(sendFile(owner, id, 1, "b.txt", Buffer.from("late")), code("TransferSealed"));
  const { transfer } = await getTransfer(owner, { id });
  assert.deepEqual([transfer.fileCount, transfer.bytes], [1, 5]);
});
