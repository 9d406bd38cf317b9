import assert from "node:assert/strict";
import { test } from "node:test";
import { announceTransfer } from "#lib/deliveries/announce-transfer.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { decideFile } from "./decide-file.ts";
import { getFileRow, noteFile } from "./file.store.ts";

requireEngines();
requireServices();

async function blocked(state: "unscannable" | "infected") {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const recipients = [{ email: `ana-${ws.id}@example.org` }];
  const { id, link } = await createTransfer(owner, { title: "Held", recipients });
  await sendFile(owner, id, 0, "a.zip", Buffer.from("a"));
  await sealTransfer(owner, { transferId: id });
  await makeReady(owner, id, 0, { state, notice: "It is held back." });
  const file = () => getFileRow({ workspaceId: ws.id, id }, 0);
  await noteFile(
    await file(),
    state === "infected" ? { scan: state, threat: "Eicar" } : { scan: state, scanProblem: "encrypted" },
  );
  const decide = (decision: "open" | "closed", role: "owner" | "admin" | "member" = "owner", confirmed?: boolean) =>
    decideFile(ws.as(role), { transferId: id, ordinal: 0, decision, ...(confirmed ? { confirmed } : {}) });
  const downloads = async () => grantDownload(await ws.guest(link), { ordinal: 0 });
  return { ws, owner, id, link, file, decide, downloads };
}

test("a blocked file is opened by hand, with a mark, an entry and mail to waiting recipients; and closed again", async () => {
  const { ws, owner, id, link, decide, downloads } = await blocked("unscannable");
  assert.match((await announceTransfer(ws.system, { transferId: id })).sentence, /None of its files/);
  await assert.rejects(downloads(), { code: "FileBlocked" });
  const view = await decide("open", "admin");
  assert.deepEqual([view.state, view.scanMark, view.notice], ["ready", "not scanned: encrypted", undefined]);
  await downloads();
  assert.equal((await announceTransfer(ws.system, { transferId: id })).mailed, 1);
  assert.equal((await listDeliveries(owner, { id }))[0]?.state, "mailed");
  await decide("closed");
  await assert.rejects(downloads(), { code: "FileBlocked" });
  const [shown] = (await collectTransfer(await ws.guest(link), {})).files.items;
  assert.deepEqual([shown?.state, shown?.notice], ["unscannable", "The sender's workspace has closed this file."]);
  const entries = (await listActivity(owner, { id })).items.filter(
    ({ kind }) => kind === "released" || kind === "closed",
  );
  assert.deepEqual(entries.map(({ kind, note }) => `${kind} ${note}`).sort(), ["closed a.zip", "released a.zip"]);
});

test("only an owner may open an infected file, and has to confirm it", async () => {
  const { decide, file, downloads } = await blocked("infected");
  await assert.rejects(decide("open", "admin", true), { code: "NotAllowed" });
  await assert.rejects(decide("open"), { code: "InfectedNotConfirmed" });
  assert.equal((await file()).state, "infected");
  const view = await decide("open", "owner", true);
  assert.deepEqual([view.state, view.scanMark], ["ready", "a virus was found in it"]);
  await downloads();
});

test("members and viewers may not decide; a file that has not arrived can't be decided on; repeating changes nothing", async () => {
  const { decide, file, owner, id } = await blocked("unscannable");
  await assert.rejects(decide("open", "member"), { code: "NotAllowed" });
  await makeReady(owner, id, 0, { state: "stored" });
  await assert.rejects(decide("open"), { code: "FileNotFound" });
  await makeReady(owner, id, 0, { state: "unscannable" });
  await decide("open");
  await decide("open");
  assert.equal((await file()).byHand, "open");
  const released = (await listActivity(owner, { id })).items.filter(({ kind }) => kind === "released");
  assert.equal(released.length, 1);
});

test("invalid transfer ids and ordinals are refused before a lookup", async () => {
  const { owner, id } = await blocked("unscannable");
  const decide = (transferId: string, ordinal: number) => decideFile(owner, { transferId, ordinal, decision: "open" });
  // DynamoDB accepts keys of 2,048 bytes, and would answer an error for this one.
  await assert.rejects(decide(`tr_${"A".repeat(3000)}`, 0), { name: "ZodError" });
  await assert.rejects(decide(id, 2 ** 40), { name: "ZodError" });
});
