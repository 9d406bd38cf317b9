/** A transfer's files are counted in one way, so all pages and mails show the same numbers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { announceTransfer } from "#lib/deliveries/announce-transfer.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { noteDownload } from "#lib/deliveries/note-download.ts";
import { putFileRows } from "#lib/files/file.store.ts";
import { removeFile } from "#lib/files/remove-file.ts";
import { restoreFile } from "#lib/files/restore-file.ts";
import { expected, type FileNumbers, noFiles, obtainable } from "#lib/kernel/file-numbers.ts";
import { deliver } from "#lib/testing/deliver.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { reservation, sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { cancelFiles } from "#lib/uploads/cancel-files.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { getRuns } from "#lib/workflow/get-runs.ts";
import { collectTransfer } from "./collect-transfer.ts";
import { deleteTransfer } from "./delete-transfer.ts";
import { getTransfer } from "./get-transfer.ts";
import { listTransfers } from "./list-transfers.ts";
import { recountFiles } from "./recount-files.ts";
import { sealTransfer } from "./seal-transfer.ts";
import { findTransferRow } from "./transfer.store.ts";

requireEngines();
const mail = requireServices();

const counts = (numbers: FileNumbers) =>
  Object.fromEntries(Object.entries(numbers).flatMap(([stand, { files }]) => (files > 0 ? [[stand, files]] : [])));

/** The numbers that list, page, runs and guest page show; fails if they differ. */
async function told(ws: TestWorkspace, id: string) {
  const owner = ws.as("owner");
  const listed = (await listTransfers(owner, {})).items.find((one) => one.id === id);
  const { transfer } = await getTransfer(owner, { id });
  const runs = await getRuns(owner, { transferId: id });
  const guest = await collectTransfer(await ws.guest(transfer.link), {});
  assert.deepEqual(listed, transfer, "list and page");
  assert.deepEqual([runs.numbers, runs.status], [transfer.numbers, transfer.status], "runs and page");
  const can = obtainable(transfer.numbers);
  assert.deepEqual([guest.fileCount, guest.bytes], [can.files, can.bytes], "guests and page");
  assert.equal(transfer.fileCount, expected(transfer.numbers).files);
  return { transfer, guest, counts: counts(transfer.numbers) };
}

async function sendMany(ws: TestWorkspace, id: string, from: number, to: number) {
  for (let ordinal = from; ordinal < to; ordinal++)
    await sendFile(ws.as("owner"), id, ordinal, `folder ${ordinal % 3}/${ordinal}.txt`, Buffer.from(`${ordinal}`));
}

test("after a first wave the rest is still to come, in list, page, runs, recipients and guest page alike", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const to = `uma+${ws.id}@example.org`;
  const { id } = await createTransfer(owner, { recipients: [{ email: to }] });
  await sendMany(ws, id, 0, 3);
  const rest = Array.from({ length: 20 }, (_, index) => ({ path: `rest/${index}`, size: 100 }));
  await reserveFiles(owner, reservation(id, 3, rest));
  await deliver(ws, id);
  const first = await told(ws, id);
  assert.deepEqual(first.counts, { ready: 3, coming: 20 });
  assert.deepEqual([first.transfer.status, first.transfer.fileCount], ["uploading", 23]);
  assert.deepEqual([first.guest.pending, first.guest.complete], [20, false]);
  assert.equal(first.transfer.name, "0.txt and 22 more");

  await cancelFiles(owner, { transferId: id, ordinals: Array.from({ length: 20 }, (_, index) => index + 3) });
  assert.deepEqual((await told(ws, id)).counts, { ready: 3, cancelled: 20 });
  await sendMany(ws, id, 23, 28);
  await sealTransfer(owner, { transferId: id });
  const sealed = await told(ws, id);
  assert.deepEqual(sealed.counts, { ready: 3, checking: 5, cancelled: 20 });
  assert.equal(sealed.transfer.status, "checking");
  await deliver(ws, id);
  const last = await told(ws, id);
  assert.deepEqual(last.counts, { ready: 8, cancelled: 20 });
  assert.deepEqual([last.transfer.status, last.guest.pending, last.transfer.fileCount], ["ready", 0, 8]);
  const [content] = mail.mailsTo(to);
  assert.match(content?.text ?? "", /sent you 8 files/);
  assert.match(content?.subject ?? "", /0\.txt and 7 more/);
});

test("blocked and failed files are not counted as files to download, in any place", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const to = `vera+${ws.id}@example.org`;
  const { id } = await createTransfer(owner, { title: "Mixed", recipients: [{ email: to }] });
  await sendMany(ws, id, 0, 4);
  await sealTransfer(owner, { transferId: id });
  await makeReady(owner, id, 1, { state: "infected" });
  await makeReady(owner, id, 2, { state: "unscannable" });
  await deliver(ws, id);
  const { transfer, guest, counts } = await told(ws, id);
  assert.deepEqual(counts, { ready: 2, blocked: 2 });
  assert.equal(transfer.status, "partly blocked");
  assert.deepEqual([guest.fileCount, guest.withheld], [2, 2]);
  assert.match(guest.withheldInWords ?? "", /^2 files can't be had: blocked /);
  assert.match(mail.mailsTo(to)[0]?.text ?? "", /sent you 2 files[\s\S]*2 more files can't be downloaded/);

  const [{ link } = { link: "" }] = await listDeliveries(owner, { id });
  await noteDownload(
    await ws.guest(link),
    [0, 3].map((ordinal) => ({ ordinal, size: 1 })),
  );
  const [before] = await listDeliveries(owner, { id });
  assert.deepEqual([before?.files, before?.bytes], [2, 2]);
  // A file that was downloaded is closed again: its recipient does not have more of the others because of it.
  await makeReady(owner, id, 3, { state: "infected", downloads: 1 });
  await recountFiles({ workspaceId: ws.id, id });
  const [after] = await listDeliveries(owner, { id });
  assert.deepEqual([after?.files, after?.bytes], [1, 1]);
  assert.deepEqual((await told(ws, id)).counts, { ready: 1, blocked: 3 });
});

test("a transfer's picture is the first visible one of its files, and there is none once the transfer can't be opened", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, {});
  await sendMany(ws, id, 0, 5);
  await sealTransfer(owner, { transferId: id });
  const made = (...names: string[]) => ({
    renditions: names.map((name) => ({ name, type: name.endsWith("webp") ? "image/webp" : "text/plain", bytes: 9 })),
  });
  // A file that is not published is not visible yet, although it has renditions.
  await makeReady(owner, id, 0, { state: "infected", ...made("thumb.webp") });
  await makeReady(owner, id, 1, { state: "unscannable", ...made("thumb.webp") });
  await makeReady(owner, id, 2, made("text.txt"));
  await makeReady(owner, id, 3, { state: "stored", ...made("thumb.webp", "view.webp") });
  await makeReady(owner, id, 4, made("text.txt", "page-1.webp"));
  const picture = async () => {
    await recountFiles({ workspaceId: ws.id, id });
    return (await told(ws, id)).transfer.picture;
  };
  assert.deepEqual(await picture(), { ordinal: 4, name: "page-1.webp" });
  await makeReady(owner, id, 3);
  assert.deepEqual(await picture(), { ordinal: 3, name: "thumb.webp" });
  await removeFile(owner, { id, ordinal: 3 });
  assert.deepEqual((await told(ws, id)).transfer.picture, { ordinal: 4, name: "page-1.webp" });
  await removeFile(owner, { id, ordinal: 4 });
  assert.equal((await told(ws, id)).transfer.picture, undefined);
  await restoreFile(owner, { id, ordinal: 4 });
  await deleteTransfer(owner, { id });
  const [deleted] = (await listTransfers(owner, { trash: true })).items;
  assert.deepEqual([deleted?.id, deleted?.picture], [id, undefined]);
});

test("a transfer without any obtainable file is blocked, and nobody is mailed", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const to = `wim+${ws.id}@example.org`;
  const { id } = await createTransfer(owner, { recipients: [{ email: to }] });
  await sendMany(ws, id, 0, 1);
  await sealTransfer(owner, { transferId: id });
  await makeReady(owner, id, 0, { state: "unscannable" });
  await deliver(ws, id);
  const { transfer, guest } = await told(ws, id);
  assert.deepEqual([transfer.status, transfer.state, guest.fileCount], ["blocked", "ready", 0]);
  assert.equal((await announceTransfer(ws.system, { transferId: id })).outcome, "done");
  assert.equal(mail.mailsTo(to).length, 0);
});

test("when several callers count while files change, the last count is always correct", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, {});
  await reserveFiles(
    owner,
    reservation(
      id,
      0,
      Array.from({ length: 12 }, (_, index) => ({ path: `${index}`, size: 1 })),
    ),
  );
  await Promise.all(
    Array.from({ length: 12 }, async (_, ordinal) => {
      await makeReady(owner, id, ordinal);
      await recountFiles({ workspaceId: ws.id, id });
    }),
  );
  assert.deepEqual((await told(ws, id)).counts, { ready: 12 });
});

test("the header of a transfer with thousands of files has the same numbers without reading the files", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, {});
  const row = (ordinal: number) => ({
    ...{ workspaceId: ws.id, transferId: id, ordinal, path: `d/${ordinal}`, size: 2, type: "", partSize: 5_242_880 },
    ...{ batch: "planted", state: ordinal % 10 === 0 ? ("unscannable" as const) : ("ready" as const) },
  });
  await putFileRows(Array.from({ length: 2500 }, (_, ordinal) => row(ordinal)));
  await db().entities.transfer.patch({ workspaceId: ws.id, id }).set({ nextOrdinal: 2500, state: "ready" }).go();
  await recountFiles({ workspaceId: ws.id, id });
  const { transfer, counts } = await told(ws, id);
  assert.deepEqual(counts, { ready: 2250, blocked: 250 });
  assert.deepEqual([transfer.bytes, transfer.name], [5000, "1 and 2,499 more"]);
});

test("a transfer that was finished before files were counted has its header's numbers until the sweep counts its files", async () => {
  const ws = await makeWorkspace();
  const { id } = await createTransfer(ws.as("owner"), {});
  const old = { state: "ready" as const, nextOrdinal: 3, fileCount: 3, bytes: 30 };
  await db().entities.transfer.patch({ workspaceId: ws.id, id }).set(old).go();
  const [listed] = (await listTransfers(ws.as("owner"), {})).items;
  assert.deepEqual(listed?.numbers, { ...noFiles(), ready: { files: 3, bytes: 30 } });
  assert.equal((await findTransferRow(ws.id, id))?.counted, undefined);
});
