import assert from "node:assert/strict";
import { test } from "node:test";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { decideFile } from "#lib/files/decide-file.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import { renditionKeyOf } from "#lib/files/object.store.ts";
import type { Ctx, GuestActor } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { crc64, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { editTransfer } from "#lib/transfers/edit-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import type { GrantedFile, GrantsOutput } from "./download.schema.ts";
import { grantDownload } from "./grant-download.ts";
import { grantDownloads } from "./grant-downloads.ts";
import { grantMemberDownload } from "./grant-member-download.ts";
import { grantMemberDownloads } from "./grant-member-downloads.ts";
import { grantMemberPreview } from "./grant-member-preview.ts";
import { grantPreview } from "./grant-preview.ts";
import { listDownloads } from "./list-downloads.ts";
import { listMemberDownloads } from "./list-member-downloads.ts";
import { MAX_TRIES } from "./taking.store.ts";

requireEngines();

const code = (name: string) => (error: { code?: string }) => error.code === name;
const WEBP = { name: "thumb.webp", type: "image/webp", bytes: 4 };

async function begin(limit = 0, contents = ["hello"]) {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { downloadLimit: limit });
  for (const [ordinal, text] of contents.entries()) {
    await sendFile(owner, id, ordinal, `${ordinal}.txt`, Buffer.from(text));
    await makeReady(owner, id, ordinal);
  }
  const row = (ordinal = 0) => getFileRow({ workspaceId: ws.id, id }, ordinal);
  return { ws, owner, id, guest: await ws.guest(link), row };
}

const urlOf = (output: GrantsOutput, { ordinal, signature }: GrantedFile): string =>
  `${output.origin}${output.prefix}${ordinal}?${output.query}&X-Amz-Signature=${signature}`;

const granted = (output: GrantsOutput): GrantedFile[] => output.files.filter((file) => "grant" in file);
const refused = (output: GrantsOutput): (string | undefined)[] =>
  output.files.map((file) => ("error" in file ? file.error.code : undefined));

test("of fifty simultaneous requests for a file with a limit of seven downloads, seven succeed", async () => {
  const { guest, row, owner, id } = await begin(7);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      index % 2 ? grantDownload(guest, { ordinal: 0 }) : grantDownloads(guest, { files: [{ ordinal: 0 }] }),
    ),
  );
  const got = outcomes.filter(
    (one) => one.status === "fulfilled" && ("url" in one.value || granted(one.value).length === 1),
  );
  assert.equal(got.length, 7);
  for (const one of outcomes) {
    if (one.status === "rejected") assert.equal(one.reason.code, "DownloadLimitReached");
    else if ("files" in one.value && granted(one.value).length === 0)
      assert.deepEqual(refused(one.value), ["DownloadLimitReached"]);
  }
  assert.equal((await row()).downloads, 7);
  assert.equal((await collectTransfer(guest, {})).files.items[0]?.spent, true);
  await editTransfer(owner, { id, title: "", message: "", downloadLimit: 8 });
  await grantDownload(guest, { ordinal: 0 });
  await assert.rejects(grantDownload(guest, { ordinal: 0 }), code("DownloadLimitReached"));
  await editTransfer(owner, { id, title: "", message: "" });
  assert.equal((await getTransfer(owner, { id })).transfer.downloadLimit, 8);
  await editTransfer(owner, { id, title: "", message: "", downloadLimit: 0 });
  await grantDownload(guest, { ordinal: 0 });
  assert.equal((await row()).downloads, 9);
});

test("a batch grants each file separately: bytes and checksum, or the reason why it can't be downloaded", async () => {
  const { guest, owner, id } = await begin(0, ["first", "second", "third", "fourth"]);
  await makeReady(owner, id, 1, { state: "infected", notice: "Eicar-Test-Signature was found.", threat: "Eicar" });
  await makeReady(owner, id, 2, { state: "stored" });
  const output = await grantDownloads(guest, { files: [3, 2, 1, 0, 9, 0].map((ordinal) => ({ ordinal })) });
  assert.deepEqual(
    output.files.map(({ ordinal }) => ordinal),
    [3, 2, 1, 0, 9],
  );
  assert.deepEqual(refused(output), [undefined, "FileBeingChecked", "FileBlocked", undefined, "FileNotFound"]);
  assert.ok(!JSON.stringify(output).includes("Eicar"));
  for (const file of granted(output)) {
    const got = await fetch(urlOf(output, file));
    const bytes = Buffer.from(await got.arrayBuffer());
    assert.equal(bytes.length, file.size);
    assert.equal(await crc64(bytes), file.crc64);
  }
  assert.equal(output.expiresIn, 60);
});

test("continuing a download counts nothing; with another file's grant or an expired one it counts as a new download", async () => {
  const { ws, guest, row } = await begin(3, ["a", "b"]);
  const first = await grantDownloads(guest, { files: [{ ordinal: 0 }, { ordinal: 1 }] });
  const [grant0, grant1] = granted(first).map(({ grant }) => grant);
  for (let time = 0; time < 5; time++) {
    const again = await grantDownloads(guest, { files: [{ ordinal: 0, grant: grant0 }] });
    const [file] = granted(again);
    assert.equal(file?.grant, grant0);
    assert.equal((await fetch(urlOf(again, file as GrantedFile))).status, 200);
  }
  assert.equal((await row()).downloads, 1);
  await grantDownloads(guest, { files: [{ ordinal: 0, grant: grant1 }] });
  assert.equal((await row()).downloads, 2);
  ws.clock.advance(DAY + 1);
  await grantDownloads(guest, { files: [{ ordinal: 0, grant: grant0 }] });
  assert.equal((await row()).downloads, 3);
  assert.deepEqual(refused(await grantDownloads(guest, { files: [{ ordinal: 0, grant: grant0 }] })), [
    "DownloadLimitReached",
  ]);
});

test("guests can download ready files only, and see no virus names; a blocked file closes at once", async () => {
  const { guest, owner, id } = await begin(0, ["a"]);
  const first = await grantDownloads(guest, { files: [{ ordinal: 0 }] });
  const [begun] = granted(first);
  const threat = "Win.Test.EICAR_HDB-1";
  await makeReady(owner, id, 0, {
    state: "infected",
    notice: `${threat} was found.`,
    threat,
    renditions: [WEBP],
    facts: { pages: 3 },
  });
  await assert.rejects(grantDownload(guest, { ordinal: 0 }), code("FileBlocked"));
  await assert.rejects(grantPreview(guest, { ordinal: 0, name: WEBP.name }), code("FileBlocked"));
  await assert.rejects(grantMemberPreview(owner, { id, ordinal: 0, name: WEBP.name }), code("FileBlocked"));
  assert.deepEqual(refused(await grantDownloads(guest, { files: [{ ordinal: 0, grant: begun?.grant }] })), [
    "FileBlocked",
  ]);
  const [seen] = (await collectTransfer(guest, {})).files.items;
  assert.equal(seen?.notice, "A virus was found in this file; it can't be downloaded.");
  assert.deepEqual([seen?.renditions, seen?.facts], [undefined, undefined]);
  assert.ok(!JSON.stringify(seen).includes(threat));
  assert.match((await getTransfer(owner, { id })).files.items[0]?.notice ?? "", /EICAR/);
});

test("only a file's own renditions are served as previews, inline and with their own type", async () => {
  const { ws, guest, owner, id } = await begin();
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  const key = { workspaceId: ws.id, transferId: id, ordinal: 0 };
  for (const name of [WEBP.name, "page.html", "secret.webp"]) {
    const Key = renditionKeyOf(key, name);
    await s3().send(new PutObjectCommand({ Bucket: resources.derived, Key, Body: "webp" }));
  }
  const html = { name: "page.html", type: "text/html", bytes: 4 };
  await makeReady(owner, id, 0, { kind: "picture", renditions: [WEBP, html], facts: { width: 9, height: 6 } });
  const { url } = await grantPreview(guest, { ordinal: 0, name: WEBP.name });
  assert.match(url, /X-Amz-Expires=60&/);
  const got = await fetch(url);
  assert.equal(got.headers.get("content-type"), "image/webp");
  assert.equal(got.headers.get("content-disposition"), "inline");
  assert.equal(await got.text(), "webp");
  for (const name of ["secret.webp", "page.html", "../1/thumb.webp"]) {
    await assert.rejects(grantPreview(guest, { ordinal: 0, name }), code("PreviewNotFound"), name);
    await assert.rejects(grantMemberPreview(owner, { id, ordinal: 0, name }), code("PreviewNotFound"), name);
  }
  const [seen] = (await collectTransfer(guest, {})).files.items;
  assert.deepEqual([seen?.kind, seen?.facts, seen?.renditions?.length], ["picture", { width: 9, height: 6 }, 2]);
  assert.equal((await grantMemberPreview(owner, { id, ordinal: 0, name: WEBP.name })).url.includes("thumb.webp"), true);
});

test("members see previews of blocked files, guests do not; an infected file has none until it is opened by hand", async () => {
  const { guest, owner, id } = await begin();
  const renditions = [WEBP];
  const asMember = () => grantMemberPreview(owner, { id, ordinal: 0, name: WEBP.name });
  const asGuest = () => grantPreview(guest, { ordinal: 0, name: WEBP.name });
  const seen = async () => {
    const [[own], [theirs]] = [
      (await getTransfer(owner, { id })).files.items,
      (await collectTransfer(guest, {})).files.items,
    ];
    return [own?.renditions?.length ?? 0, theirs?.renditions?.length ?? 0];
  };
  for (const state of ["stored", "unscannable"] as const) {
    await makeReady(owner, id, 0, { state, renditions });
    await asMember();
    await assert.rejects(asGuest(), code(state === "stored" ? "FileBeingChecked" : "FileBlocked"));
    assert.deepEqual(await seen(), [1, 0], state);
  }
  await makeReady(owner, id, 0, { state: "infected", renditions });
  await assert.rejects(asMember(), code("FileBlocked"));
  assert.deepEqual(await seen(), [0, 0]);
  await decideFile(owner, { transferId: id, ordinal: 0, decision: "open", confirmed: true });
  await asMember();
  await asGuest();
  assert.deepEqual(await seen(), [1, 1]);
});

test("a file whose limit is reached has no previews, except for a visitor who may repeat the download", async () => {
  const { owner, id, guest } = await begin(1);
  await makeReady(owner, id, 0, { renditions: [WEBP] });
  const visitor = browser(guest);
  const preview = (ctx: Ctx) => grantPreview(ctx, { ordinal: 0, name: WEBP.name });
  const shown = async (ctx: Ctx) => (await collectTransfer(ctx, {})).files.items[0]?.renditions?.length ?? 0;
  await preview(guest);
  assert.equal(await shown(guest), 1);
  await grantDownload(visitor, { ordinal: 0 });
  await preview(visitor);
  assert.deepEqual([await shown(visitor), await shown(guest)], [1, 0]);
  await assert.rejects(preview(guest), code("DownloadLimitReached"));
  await assert.rejects(grantPreview(guest, { ordinal: 0, name: WEBP.name, head: true }), code("DownloadLimitReached"));
  await grantMemberPreview(owner, { id, ordinal: 0, name: WEBP.name });
});

test("members' downloads of their own files are not counted", async () => {
  const { owner, guest, id, row } = await begin(1);
  for (let time = 0; time < 3; time++) await grantMemberDownload(owner, { id, ordinal: 0 });
  assert.equal((await row()).downloads, undefined);
  await grantDownload(guest, { ordinal: 0 });
  await assert.rejects(grantDownload(guest, { ordinal: 0 }), code("DownloadLimitReached"));
  await grantMemberDownload(owner, { id, ordinal: 0 });
});

/** The same link in another browser, or in the browser of that name. */
const browser = <C extends { actor: GuestActor }>(guest: C, visitor = randomToken()): C => ({
  ...guest,
  actor: { ...guest.actor, visitor },
});

test("repeated requests of a visitor are one download, also at the same time; another visitor can't use it", async () => {
  const { guest, row } = await begin(1, ["a", "b"]);
  const mine = browser(guest);
  const tries = await Promise.allSettled([
    ...Array.from({ length: 6 }, () => grantDownload(mine, { ordinal: 0 })),
    ...Array.from({ length: 6 }, async () => {
      const [file] = granted(await grantDownloads(mine, { files: [{ ordinal: 0 }] }));
      assert.ok(file);
    }),
  ]);
  assert.deepEqual([...new Set(tries.map(({ status }) => status))], ["fulfilled"]);
  assert.equal((await row()).downloads, 1);
  const other = browser(guest);
  await assert.rejects(grantDownload(other, { ordinal: 0 }), code("DownloadLimitReached"));
  await assert.rejects(grantDownload(guest, { ordinal: 0 }), code("DownloadLimitReached"));
  assert.deepEqual(refused(await grantDownloads(other, { files: [{ ordinal: 0 }, { ordinal: 1 }] })), [
    "DownloadLimitReached",
    undefined,
  ]);
  const seen = async (ctx: Ctx) =>
    (await collectTransfer(ctx, {})).files.items.map(({ spent, taken }) => [spent === true, taken !== undefined]);
  assert.deepEqual(await seen(mine), [
    [true, true],
    [true, false],
  ]);
  assert.deepEqual(await seen(other), [
    [true, false],
    [true, true],
  ]);
});

test("of many visitors with several simultaneous tries, as many get a file as its limit allows, and may repeat", async () => {
  const { guest, row } = await begin(3);
  const visitors = Array.from({ length: 12 }, () => browser(guest));
  const attempts = visitors.flatMap((visitor) => [visitor, visitor, visitor]);
  const outcomes = await Promise.allSettled(attempts.map((visitor) => grantDownload(visitor, { ordinal: 0 })));
  const winners = new Set(
    outcomes.flatMap((one, index) => (one.status === "fulfilled" ? attempts[index]?.actor.visitor : [])),
  );
  assert.equal(winners.size, 3);
  assert.equal((await row()).downloads, 3);
  for (const visitor of visitors) {
    const again = grantDownload(visitor, { ordinal: 0 });
    if (winners.has(visitor.actor.visitor)) await again;
    else await assert.rejects(again, code("DownloadLimitReached"));
  }
  assert.equal((await row()).downloads, 3);
});

test("a download may be repeated for a day, a limited number of times; after that it counts as a new one", async () => {
  const { ws, guest, row } = await begin(2);
  const mine = browser(guest);
  for (let time = 0; time < MAX_TRIES; time++) await grantDownload(mine, { ordinal: 0 });
  assert.equal((await row()).downloads, 1);
  await grantDownload(mine, { ordinal: 0 });
  assert.equal((await row()).downloads, 2);
  ws.clock.advance(DAY + 1);
  await assert.rejects(grantDownload(mine, { ordinal: 0 }), code("DownloadLimitReached"));
  assert.equal((await collectTransfer(mine, {})).files.items[0]?.taken, undefined);
});

test("a repeated download is not reported as another one, and does not open a file that was blocked meanwhile", async () => {
  const { owner, id, guest } = await begin(1);
  const mine = browser(guest);
  for (let time = 0; time < 3; time++) await grantDownload(mine, { ordinal: 0 });
  const told = (await listActivity(owner, { id })).items.filter(({ kind }) => kind === "downloaded");
  assert.deepEqual(
    told.map(({ count }) => count),
    [1],
  );
  await makeReady(owner, id, 0, { state: "infected", threat: "Eicar" });
  await assert.rejects(grantDownload(mine, { ordinal: 0 }), code("FileBlocked"));
});

test("the list for downloading all files says which can be downloaded, and why the others can't", async () => {
  const { guest, owner, id } = await begin(1, ["a", "b", "c", "d"]);
  await makeReady(owner, id, 1, { state: "infected", notice: "Eicar was found.", threat: "Eicar" });
  await makeReady(owner, id, 2, { state: "stored" });
  const mine = browser(guest);
  await grantDownload(mine, { ordinal: 0 });
  const why = async (ctx: Ctx) => (await listDownloads(ctx, { from: 0 })).items.map((item) => item.why);
  const [virus, checked] = ["A virus was found in this file; it can't be downloaded.", "It is being checked."];
  assert.deepEqual(await why(mine), [undefined, virus, checked, undefined]);
  assert.deepEqual(await why(guest), [
    "It has been downloaded as often as its sender allows.",
    virus,
    checked,
    undefined,
  ]);
  const members = await listMemberDownloads(owner, { id, from: 0 });
  assert.deepEqual(
    members.items.map((item) => item.why),
    [undefined, virus, checked, undefined],
  );
  assert.deepEqual((await listDownloads(mine, { from: 3 })).items, [{ ordinal: 3, path: "3.txt", size: 1 }]);
});

test("members download all files without counting one", async () => {
  const { owner, id, row } = await begin(1, ["a", "b"]);
  for (let time = 0; time < 2; time++) {
    const files = [0, 1, 7].map((ordinal) => ({ ordinal, grant: "" }));
    const output = await grantMemberDownloads(owner, { id, files });
    assert.deepEqual(refused(output), [undefined, undefined, "FileNotFound"]);
    const texts = granted(output).map(async (file) => (await fetch(urlOf(output, file))).text());
    assert.deepEqual(await Promise.all(texts), ["a", "b"]);
  }
  assert.equal((await row()).downloads, undefined);
});
