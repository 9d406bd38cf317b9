import assert from "node:assert/strict";
import { test } from "node:test";
import { handler as bounces } from "#lib/entrypoints/consumers/bounces.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { editProfile } from "#lib/members/edit-profile.ts";
import { setNoticeAddress } from "#lib/members/set-notice-address.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { publishFiles } from "#lib/testing/publish.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices, SENDER } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace, ORIGIN, type TestWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { addDeliveries } from "./add-deliveries.ts";
import { announceTransfer } from "./announce-transfer.ts";
import { listActivity } from "./list-activity.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { mailFirstDownload } from "./mail-first-download.ts";
import { noteDownload } from "./note-download.ts";
import { noteOpened } from "./note-opened.ts";
import { resendDelivery } from "./resend-delivery.ts";
import { revokeDelivery } from "./revoke-delivery.ts";
import { warnRecipients } from "./warn-recipients.ts";

requireEngines();
const mail = requireServices();

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;
const address = (() => {
  let count = 0;
  return (name: string) => `${name}+${++count}-${process.pid}@example.org`;
})();

/** A transfer with two files; sealed and checked by default. */
async function makeTransfer(ws: TestWorkspace, recipients: { email: string; name?: string }[], { ready = true } = {}) {
  const owner = ws.as("owner");
  const transfer = await createTransfer(owner, { title: "Photos", message: "Have a look", recipients });
  await sendFile(owner, transfer.id, 0, "a.jpg", Buffer.from("hello"));
  await sendFile(owner, transfer.id, 1, "b.jpg", Buffer.from("hello, too"));
  if (ready) {
    await sealTransfer(owner, { transferId: transfer.id });
    await publishFiles(owner, transfer.id, 2);
  }
  return { ...transfer, owner, transferId: transfer.id };
}
const states = async (owner: Ctx, id: string) => (await listDeliveries(owner, { id })).map(({ state }) => state);

test("recipients are created with the transfer, each with a link that greets by name", async () => {
  const ws = await makeWorkspace();
  const ana = address("ana");
  const { owner, id, link } = await makeTransfer(ws, [{ email: ana, name: "Ana" }, { email: address("bob") }], {
    ready: false,
  });
  const [first, second] = await listDeliveries(owner, { id });
  assert.deepEqual([first?.email, first?.name, first?.state, second?.state], [ana, "Ana", "waiting", "waiting"]);
  assert.equal(new Set([link, first?.link, second?.link]).size, 3);
  assert.equal((await collectTransfer(await ws.guest(first?.link ?? ""), {})).recipientName, "Ana");
  assert.equal((await collectTransfer(await ws.guest(second?.link ?? ""), {})).recipientName, undefined);
});

test("fifty recipients are accepted at once and one more is refused; known ones are unchanged and named", async () => {
  const ws = await makeWorkspace();
  const people = Array.from({ length: 49 }, (_, index) => ({ email: `p${index}@example.org` }));
  const { owner, id } = await makeTransfer(ws, people, { ready: false });
  const added = await addDeliveries(owner, {
    transferId: id,
    recipients: [{ email: "P0@Example.org" }, { email: "new@example.org" }, { email: "NEW@example.org" }],
  });
  assert.deepEqual([added.added, added.known, added.deliveries.length], [1, ["P0@example.org"], 50]);
  await assert.rejects(
    addDeliveries(owner, { transferId: id, recipients: [{ email: "p1@example.org" }] }),
    code("RecipientsKnown"),
  );
  await assert.rejects(
    addDeliveries(owner, { transferId: id, recipients: [{ email: "x@example.org" }] }),
    code("TooManyRecipients"),
  );
});

test("concurrent additions never add more than fifty recipients, or anyone twice", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await makeTransfer(ws, [], { ready: false });
  const calls = Array.from({ length: 8 }, (_, call) =>
    addDeliveries(owner, {
      transferId: id,
      recipients: Array.from({ length: 10 }, (_, index) => ({ email: `q${call}-${index}@example.org` })).concat({
        email: "all@example.org",
      }),
    }).catch(() => undefined),
  );
  await Promise.all(calls);
  const rows = await listDeliveries(owner, { id });
  assert.ok(rows.length <= 50 && rows.length > 0);
  assert.equal(rows.filter(({ email }) => email === "all@example.org").length, 1);
});

test("each recipient is mailed once, after the transfer is sealed and checked", async () => {
  const ws = await makeWorkspace();
  const ana = address("ana");
  const { owner, id } = await makeTransfer(ws, [{ email: ana, name: "Ana" }], { ready: false });
  const early = await announceTransfer(ws.system, { transferId: id });
  assert.deepEqual([early.outcome, mail.mailsTo(ana).length], ["waiting", 0]);
  await sealTransfer(owner, { transferId: id });
  assert.match((await announceTransfer(ws.system, { transferId: id })).sentence, /when the other 2 files are checked/);
  await publishFiles(owner, id, 2);
  const outcomes = await Promise.all([1, 2, 3].map(() => announceTransfer(ws.system, { transferId: id })));
  assert.ok(outcomes.some(({ sentence }) => sentence === "Mailed 1 recipient."));
  await announceTransfer(ws.system, { transferId: id });
  const [only, ...more] = mail.mailsTo(ana);
  assert.deepEqual(more, []);
  const [delivery] = await listDeliveries(owner, { id });
  assert.equal(delivery?.state, "mailed");
  assert.ok(delivery?.mailedAt);
  assert.equal(only?.from, `"The owner via Dormouse" <${SENDER}>`);
  assert.deepEqual(only?.replyTo, []);
  assert.ok(only?.text.includes(`${ORIGIN}${delivery?.link}`) && only.text.includes("a.jpg (5 bytes)"));
  assert.deepEqual([only?.tags["transfer"], only?.tags["delivery"], only?.tags["round"]], [id, delivery?.id, "1"]);
});

test("only a recipient who is added later is mailed then; resending sends another mail, but not within a minute", async () => {
  const ws = await makeWorkspace();
  const [ana, bob] = [address("ana"), address("bob")];
  const { owner, id } = await makeTransfer(ws, [{ email: ana }]);
  await announceTransfer(ws.system, { transferId: id });
  const { deliveries } = await addDeliveries(owner, { transferId: id, recipients: [{ email: bob }] });
  await announceTransfer(ws.system, { transferId: id });
  assert.deepEqual([mail.mailsTo(ana).length, mail.mailsTo(bob).length], [1, 1]);
  const ref = { transferId: id, id: deliveries[1]?.id ?? "" };
  await assert.rejects(resendDelivery(owner, ref), code("ResentTooSoon"));
  ws.clock.advance(61_000);
  assert.equal((await resendDelivery(owner, ref)).state, "waiting");
  await announceTransfer(ws.system, { transferId: id });
  await announceTransfer(ws.system, { transferId: id });
  assert.deepEqual([mail.mailsTo(ana).length, mail.mailsTo(bob).length], [1, 2]);
});

test("a revoked personal link is closed, the others stay open, and resending opens it again", async () => {
  const ws = await makeWorkspace();
  const { owner, id, link } = await makeTransfer(ws, [{ email: address("ana") }, { email: address("bob") }]);
  const [first, second] = await listDeliveries(owner, { id });
  const ref = { transferId: id, id: first?.id ?? "" };
  const revoked = await revokeDelivery(owner, ref);
  assert.ok(revoked.revokedAt);
  await assert.rejects(ws.guest(first?.link ?? ""), code("LinkRevoked"));
  for (const open of [link, second?.link ?? ""]) await collectTransfer(await ws.guest(open), {});
  await announceTransfer(ws.system, { transferId: id });
  assert.equal(mail.mailsTo(first?.email).length, 0);
  const again = await resendDelivery(owner, ref);
  await collectTransfer(await ws.guest(again.link), {});
  await announceTransfer(ws.system, { transferId: id });
  assert.ok(mail.mailsTo(first?.email)[0]?.text.includes(again.link));
});

test("each recipient's opening and downloads are recorded, each file once, also for concurrent downloads", async () => {
  const ws = await makeWorkspace();
  const { owner, id, link } = await makeTransfer(ws, [{ email: address("ana"), name: "Ana" }]);
  const [delivery] = await listDeliveries(owner, { id });
  const ana = await ws.guest(delivery?.link ?? "");
  await noteOpened(ana);
  ws.clock.advance(1000);
  await noteOpened(ana);
  const files = [0, 1, 0, 1, 0].map((ordinal) => ({ ordinal, size: ordinal === 0 ? 5 : 10 }));
  await Promise.all(files.map((file) => noteDownload(ana, file)));
  await noteDownload(ana, files);
  await noteDownload(await ws.guest(link), { ordinal: 1, size: 10 });
  const [seen] = await listDeliveries(owner, { id });
  assert.deepEqual([seen?.downloads, seen?.files, seen?.bytes], [10, 2, 15]);
  assert.ok(seen?.openedAt && seen.downloadedAt && seen.lastDownloadAt);
  const activity = (await listActivity(owner, { id })).items.map(({ kind, who, count }) => [kind, who, count]);
  assert.deepEqual(activity.sort(), [
    ["downloaded", undefined, 1],
    ["downloaded", "Ana", 10],
    ["opened", "Ana", undefined],
  ]);
});

test("a list shows how many recipients have downloaded, counted from their rows, also when two begin at the same time", async () => {
  const ws = await makeWorkspace();
  const people = ["ana", "bert", "carla"].map((name) => ({ email: address(name) }));
  const { owner, id, link } = await makeTransfer(ws, people);
  const [ana, bert] = (await listDeliveries(owner, { id })).map((one) => one.link);
  const seen = async () => {
    const { items } = await listTransfers(owner, { everyone: false });
    return items.find((one) => one.id === id)?.recipients;
  };
  assert.deepEqual(await seen(), { named: 3, collected: 0 });
  await noteDownload(await ws.guest(link), { ordinal: 0, size: 5 });
  assert.deepEqual(await seen(), { named: 3, collected: 0 }, "the transfer's own link is nobody's");
  const guests = await Promise.all([ana, bert].map((one) => ws.guest(one ?? "")));
  await Promise.all(guests.map((guest) => noteDownload(guest, { ordinal: 0, size: 5 })));
  for (const guest of guests) await noteDownload(guest, { ordinal: 1, size: 5 });
  assert.deepEqual(await seen(), { named: 3, collected: 2 });
});

test("the sender is mailed once about each recipient's first download, and only at an address given for that", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await makeTransfer(ws, [{ email: address("ana"), name: "Ana" }]);
  const [delivery] = await listDeliveries(owner, { id });
  await noteDownload(await ws.guest(delivery?.link ?? ""), { ordinal: 0, size: 5 });
  const tell = () => mailFirstDownload(ws.system, { transferId: id, who: delivery?.id ?? "" });
  await tell();
  const me = address("owner");
  await setNoticeAddress(owner, { email: me });
  await Promise.all([tell(), tell()]);
  await tell();
  assert.deepEqual(
    mail.mailsTo(me).map(({ subject }) => subject),
    ["Ana downloaded your files"],
  );
  await assert.rejects(setNoticeAddress(owner, { email: "nowhere" }), /not an e-mail address/);
  await setNoticeAddress(owner, { email: "" });
});

test("recipients see the sender's address if the sender allowed it, otherwise only the name", async () => {
  const ws = await makeWorkspace();
  const me = address("owner");
  const mailTo = async (name: string) => {
    const to = address(name);
    const { id } = await makeTransfer(ws, [{ email: to }]);
    await announceTransfer(ws.system, { transferId: id });
    const [sent] = mail.mailsTo(to);
    assert.ok(sent);
    return sent;
  };
  await editProfile(ws.as("owner"), { name: "The owner", email: me });
  const without = await mailTo("ana");
  assert.deepEqual(without.replyTo, []);
  assert.ok(!JSON.stringify(without).includes(me));
  await editProfile(ws.as("owner"), { name: "The owner", email: me, replies: true });
  assert.deepEqual((await mailTo("bob")).replyTo, [me]);
});

test("a bounce is explained on the row, and the sender is mailed; a bounce of an earlier round is ignored", async () => {
  const ws = await makeWorkspace();
  const me = address("owner");
  const { owner, id } = await makeTransfer(ws, [{ email: address("bounce") }]);
  await setNoticeAddress(owner, { email: me });
  await announceTransfer(ws.system, { transferId: id });
  const event = mail.events.at(-1);
  await bounces(event);
  await bounces(event);
  const [delivery] = await listDeliveries(owner, { id });
  assert.deepEqual(
    [delivery?.state, delivery?.problem],
    ["bounced", "The recipient's mail server says that there is no such address."],
  );
  assert.match(mail.mailsTo(me)[0]?.subject ?? "", /^Could not be delivered to bounce/);
  assert.equal(mail.mailsTo(me).length, 1);
  ws.clock.advance(61_000);
  await resendDelivery(owner, { transferId: id, id: delivery?.id ?? "" });
  await bounces(event);
  assert.deepEqual(await states(owner, id), ["waiting"]);
});

test("when mail can't be sent recipients wait, and a sentence says why; throttling is thrown and retried", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await makeTransfer(ws, [{ email: address("ana") }]);
  mail.verify("another@example.org");
  const refused = await announceTransfer(ws.system, { transferId: id });
  mail.verify(SENDER);
  assert.equal(refused.outcome, "failed");
  const [delivery] = await listDeliveries(owner, { id });
  assert.match(delivery?.problem ?? "", /not verified/);
  mail.limit(0);
  await assert.rejects(announceTransfer(ws.system, { transferId: id }), /sending rate/);
  mail.limit(1000);
  await announceTransfer(ws.system, { transferId: id });
  const [mailed] = await listDeliveries(owner, { id });
  assert.deepEqual([mailed?.state, mailed?.problem], ["mailed", undefined]);
  assert.equal(mail.mailsTo(mailed?.email).length, 1);
});

test("24 hours before the end the sender and recipients without a download are warned, unless the transfer was extended", async () => {
  const ws = await makeWorkspace();
  const [ana, bob, me] = [address("ana"), address("bob"), address("owner")];
  const { owner, id } = await makeTransfer(ws, [
    { email: ana, name: "Ana" },
    { email: bob, name: "Bob" },
  ]);
  await setNoticeAddress(owner, { email: me });
  await announceTransfer(ws.system, { transferId: id });
  const [first] = await listDeliveries(owner, { id });
  await noteDownload(await ws.guest(first?.link ?? ""), { ordinal: 0, size: 5 });
  await warnRecipients(ws.system, { transferId: id });
  assert.equal(mail.mailsTo(bob).length, 1);
  ws.clock.advance(6 * DAY);
  await warnRecipients(ws.system, { transferId: id });
  await warnRecipients(ws.system, { transferId: id });
  assert.deepEqual(
    [ana, bob, me].map(
      (one) => mail.mailsTo(one).filter(({ subject }) => subject.startsWith("Expires in 24 hours")).length,
    ),
    [0, 1, 1],
  );
  assert.match(mail.mailsTo(me)[0]?.text ?? "", /Not downloaded yet: Bob\./);
});

test("a deleted transfer mails nobody and accepts no recipients", async () => {
  const ws = await makeWorkspace();
  const ana = address("ana");
  const { owner, id } = await makeTransfer(ws, [{ email: ana }]);
  await deleteTransfer(owner, { id });
  assert.equal((await announceTransfer(ws.system, { transferId: id })).outcome, "done");
  assert.equal(mail.mailsTo(ana).length, 0);
  await assert.rejects(
    addDeliveries(owner, { transferId: id, recipients: [{ email: address("x") }] }),
    code("TransferDeleted"),
  );
});
