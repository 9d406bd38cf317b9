import assert from "node:assert/strict";
import { test } from "node:test";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { streamFilter } from "#infra/function-list.ts";
import { passesFilter } from "#infra/local/services/dynamodb/stream-filter.ts";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { db } from "#lib/db/service.ts";
import { addDeliveries } from "#lib/deliveries/add-deliveries.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { revokeDelivery } from "#lib/deliveries/revoke-delivery.ts";
import { handler as changes } from "#lib/entrypoints/consumers/changes.ts";
import { decideFile } from "#lib/files/decide-file.ts";
import { getFileRow, putFileRows } from "#lib/files/file.store.ts";
import { keyOf, renditionKeyOf } from "#lib/files/object.store.ts";
import { removeFile } from "#lib/files/remove-file.ts";
import { restoreFile } from "#lib/files/restore-file.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import { renewLink } from "#lib/links/renew-link.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, HOUR, makeWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { restoreTransfer } from "#lib/transfers/restore-transfer.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { closeUrls } from "./close-urls.ts";
import { grantDownload } from "./grant-download.ts";
import { grantDownloads } from "./grant-downloads.ts";
import { grantMemberDownload } from "./grant-member-download.ts";
import { grantMemberDownloads } from "./grant-member-downloads.ts";
import { grantPreview } from "./grant-preview.ts";
import { openUrls } from "./open-urls.ts";

requireEngines();
requireServices();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
const MOVIE = { name: "video.mp4", type: "video/mp4", bytes: 5 };

async function begin({ limit = 0 } = {}) {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { downloadLimit: limit, expiryDays: 7 });
  for (const [ordinal, path] of ["a.mp4", "b.txt"].entries()) {
    await sendFile(owner, id, ordinal, path, Buffer.from("0123456789"));
    await makeReady(owner, id, ordinal, ordinal === 0 ? { renditions: [MOVIE], facts: { seconds: 600 } } : {});
  }
  const key = renditionKeyOf({ workspaceId: ws.id, transferId: id, ordinal: 0 }, MOVIE.name);
  await s3().send(new PutObjectCommand({ Bucket: resources.derived, Key: key, Body: "movie" }));
  const row = (ordinal = 0) => getFileRow({ workspaceId: ws.id, id }, ordinal);
  /** A URL as it was signed two minutes ago. */
  const oldUrl = (ordinal: number) =>
    getSignedUrl(
      s3(),
      new GetObjectCommand({
        Bucket: resources.uploads,
        Key: keyOf({ workspaceId: ws.id, transferId: id, ordinal }),
      }),
      { expiresIn: 3600, signingDate: new Date(Date.now() - 120_000) },
    );
  return {
    ws,
    owner,
    id,
    link,
    row,
    oldUrl,
    guest: await ws.guest(link),
    close: () => closeUrls(ws.system, { transferId: id }),
  };
}

/** The request of a browser that has the first four bytes and continues. */
const goOn = async (url: string): Promise<number> => (await fetch(url, { headers: { range: "bytes=4-" } })).status;

/** The stream's event of a changed row, if the function's mapping passes it. */
async function tell(entity: string, before: object | undefined, after: object): Promise<boolean> {
  const image = (row: object) =>
    Object.fromEntries(
      Object.entries({ __edb_e__: entity, ...row }).map(([name, value]) => [
        name,
        typeof value === "number" ? { N: String(value) } : { S: String(value) },
      ]),
    );
  const record = {
    eventName: before ? "MODIFY" : "INSERT",
    dynamodb: { SequenceNumber: "1", ...(before ? { OldImage: image(before) } : {}), NewImage: image(after) },
  };
  if (!passesFilter(streamFilter, record)) return false;
  await changes({ Records: [record] });
  return true;
}

test("a deleted transfer can't be opened with any URL that was signed before", async () => {
  const { ws, guest, owner, id } = await begin();
  const batch = await grantDownloads(guest, { files: [{ ordinal: 0 }] });
  const [first] = batch.files;
  const urls = [
    (await grantDownload(guest, { ordinal: 0 })).url,
    (await grantMemberDownload(owner, { id, ordinal: 0 })).url,
    (await grantPreview(guest, { ordinal: 0, name: MOVIE.name })).url,
    `${batch.origin}${batch.prefix}0?${batch.query}&X-Amz-Signature=${first && "signature" in first && first.signature}`,
  ];
  for (const url of urls) assert.equal(await goOn(url), 206);
  assert.equal(batch.expiresIn, 60, "what a program signs again dies by itself");
  const before = await getTransferRow({ actor: owner.actor, workspaceId: ws.id, scope: "any" }, id);
  await deleteTransfer(owner, { id });
  assert.equal(await tell("transfer", before, { ...before, state: "deleted" }), true);
  for (const url of urls) assert.equal(await goOn(url), 403);
  await assert.rejects(grantDownload(guest, { ordinal: 0 }), code("TransferDeleted"));
});

test("a restored transfer's files can be downloaded again, but not with URLs from before the deletion", async () => {
  const { guest, owner, id, close, row, oldUrl } = await begin();
  await grantDownload(guest, { ordinal: 0 });
  const old = await oldUrl(0);
  await deleteTransfer(owner, { id });
  assert.deepEqual(await close(), { closed: 1 }, "the file that nobody has a URL of is left alone");
  assert.deepEqual(await close(), { closed: 1 });
  await restoreTransfer(owner, { id });
  const { url, expiresIn } = await grantDownload(guest, { ordinal: 0 });
  assert.deepEqual([await goOn(url), expiresIn], [206, 60]);
  assert.equal(await goOn(old), 403);
  const batch = await grantMemberDownloads(owner, { id, files: [{ ordinal: 0 }] });
  assert.equal(batch.files.length, 1);
  assert.equal((await row()).access, "recent");
});

test("a file that was removed or blocked can't be opened with any URL; other files can, and it can once it is restored", async () => {
  for (const [state, shut, open] of [
    ["removed", removeFile, restoreFile],
    ["unscannable", decide("closed"), decide("open")],
  ] as const) {
    const { ws, guest, owner, id } = await begin();
    const [one, other] = [await grantDownload(guest, { ordinal: 0 }), await grantDownload(guest, { ordinal: 1 })];
    await shut(owner, { id, ordinal: 0 });
    const image = { workspaceId: ws.id, transferId: id, ordinal: 0 };
    assert.equal(await tell("file", { ...image, state: "ready" }, { ...image, state }), true, state);
    assert.deepEqual([await goOn(one.url), await goOn(other.url)], [403, 206], state);
    await open(owner, { id, ordinal: 0 });
    assert.equal(await goOn((await grantDownload(guest, { ordinal: 0 })).url), 206, state);
  }
  const image = { workspaceId: "ws", transferId: "t", ordinal: 0 };
  assert.equal(await tell("file", { ...image, state: "stored" }, { ...image, state: "ready" }), false);
});

function decide(decision: "open" | "closed") {
  return (ctx: Parameters<typeof decideFile>[0], { id, ordinal }: { id: string; ordinal: number }) =>
    decideFile(ctx, { transferId: id, ordinal, decision });
}

test("a renewed link's URLs are closed within a minute; downloads of the new link continue", async () => {
  const { ws, guest, owner, id, link, oldUrl, row } = await begin();
  const fresh = (await grantDownload(guest, { ordinal: 0 })).url;
  const old = await oldUrl(0);
  assert.equal(await goOn(old), 206);
  const renewed = await renewLink(owner, { id });
  const entry = (await listActivity(owner, { id })).items.find(({ kind }) => kind === "renewed");
  assert.equal(entry?.who, "The owner");
  const key = { workspaceId: ws.id, transferId: id, kind: "renewed", who: "link#2" };
  assert.equal(await tell("activity", undefined, key), true);
  assert.deepEqual([await goOn(old), await goOn(fresh)], [403, 206], "a minute, and no longer");
  await assert.rejects(ws.guest(link), code("LinkRevoked"));
  // A guest who came just before gets only URLs that live for up to a minute.
  await assert.rejects(grantDownload(guest, { ordinal: 1 }), code("LinkRevoked"));
  assert.equal((await grantDownload(guest, { ordinal: 0 })).expiresIn, 60);
  const again = await ws.guest(renewed.link);
  const now = await grantDownload(again, { ordinal: 0 });
  assert.deepEqual([await goOn(now.url), now.expiresIn], [206, 60]);
  ws.clock.advance(2 * HOUR);
  const later = await grantDownload(again, { ordinal: 0 });
  assert.deepEqual([later.expiresIn, (await row()).access], [3600, undefined]);
  assert.equal(await goOn(old), 206, "what had to end by itself has ended: the tag is off");
});

test("a recipient's closed link closes its URLs within a minute, and no other recipient's", async () => {
  const { ws, owner, id, oldUrl } = await begin();
  await addDeliveries(owner, {
    transferId: id,
    recipients: [{ email: "ana@example.org" }, { email: "ben@example.org" }],
  });
  const [ana, ben] = await listDeliveries(owner, { id });
  assert.ok(ana && ben);
  const [hers, his] = [await ws.guest(ana.link), await ws.guest(ben.link)];
  await grantDownload(hers, { ordinal: 0 });
  const old = await oldUrl(0);
  await revokeDelivery(owner, { transferId: id, id: ana.id });
  const entry = (await listActivity(owner, { id })).items.find(({ kind }) => kind === "revoked");
  assert.equal(entry?.note, "ana@example.org");
  assert.equal(
    await tell("activity", undefined, { workspaceId: ws.id, transferId: id, kind: "revoked", who: "x" }),
    true,
  );
  assert.equal(await goOn(old), 403);
  await assert.rejects(ws.guest(ana.link), code("LinkRevoked"));
  await assert.rejects(grantDownload(hers, { ordinal: 1 }), code("LinkRevoked"));
  assert.equal(await goOn((await grantDownload(his, { ordinal: 0 })).url), 206);
});

test("a browser can resume for an hour, a limited file for its usual time, and nothing after the transfer's end", async () => {
  const { ws, guest, owner, id } = await begin();
  assert.equal((await grantDownload(guest, { ordinal: 0 })).expiresIn, 3600);
  assert.equal((await grantDownload(guest, { ordinal: 0, by: "head" })).expiresIn, 60);
  ws.clock.advance(7 * DAY - 600_000);
  assert.equal((await grantDownload(guest, { ordinal: 0 })).expiresIn, 600);
  assert.equal((await grantMemberDownload(owner, { id, ordinal: 0 })).expiresIn, 600);
  ws.clock.advance(570_000);
  assert.equal((await grantDownloads(guest, { files: [{ ordinal: 0 }] })).expiresIn, 30);
  const limited = await begin({ limit: 3 });
  assert.equal((await grantDownload(limited.guest, { ordinal: 0 })).expiresIn, 61);
});

test("a request while the transfer is deleted gets no URL, or its URL is closed", async () => {
  const { guest, owner, id, row, close } = await begin();
  const grant = { actor: owner.actor, workspaceId: owner.actor.workspaceId, scope: "any" } as const;
  const transfer = await getTransferRow(grant, id);
  const lookAgain = async () => {
    await deleteTransfer(owner, { id });
    assert.deepEqual(await close(), { closed: 1 }, "it was noted before it was looked at again");
    throw new Error("deleted meanwhile");
  };
  await assert.rejects(openUrls(guest, [await row()], { transfer, life: 3600, lookAgain }), /deleted meanwhile/);
  // Restored and deleted again meanwhile: what was opened again is closed again.
  await restoreTransfer(owner, { id });
  const again = async () => {
    throw new Error("deleted again");
  };
  const url = (await grantMemberDownload(owner, { id, ordinal: 1 })).url;
  assert.equal(await goOn(url), 206);
  await assert.rejects(openUrls(guest, [await row()], { transfer, life: 60, lookAgain: again }), /deleted again/);
  assert.equal((await row()).access, "closed");
});

test("files of two partitions are closed together, and the time it takes is printed", async () => {
  const { ws, owner, id } = await begin();
  const [FIRST, COUNT] = [850, 300];
  const openUntil = new Date(ws.clock.now().getTime() + HOUR).toISOString();
  const sample = await getFileRow({ workspaceId: ws.id, id }, 1);
  const rows = Array.from({ length: COUNT }, (_, index) => ({ ...sample, ordinal: FIRST + index, openUntil }));
  await putFileRows(rows);
  await db()
    .entities.transfer.patch({ workspaceId: ws.id, id })
    .set({ nextOrdinal: FIRST + COUNT })
    .go();
  const urls = await mapConcurrently(rows, 16, async (row) => {
    const at = { Bucket: resources.uploads, Key: keyOf(row) };
    await s3().send(new PutObjectCommand({ ...at, Body: "0123456789" }));
    return await getSignedUrl(s3(), new GetObjectCommand(at));
  });
  const some = urls.filter((_, index) => index % 37 === 0);
  for (const url of some) assert.equal(await goOn(url), 206);
  await deleteTransfer(owner, { id });
  const began = performance.now();
  assert.deepEqual(await closeUrls(ws.system, { transferId: id }), { closed: COUNT });
  console.log(`Closed ${COUNT} files in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  for (const url of some) assert.equal(await goOn(url), 403);
});
