import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { db } from "#lib/db/service.ts";
import { noteFile } from "#lib/files/file.store.ts";
import { viewFile, viewGuestFile } from "#lib/files/file.view.ts";
import type { ScanPolicy, UnscannablePolicy } from "#lib/kernel/choices.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { publishRun } from "./publish-run.ts";
import { assertForWorkflowOnly, makeRun } from "./testing/make-run.ts";

requireEngines();

type Scan = "clean" | "infected" | "unscannable" | "unscanned" | undefined;

/** A run of a file for each of the scanner's verdicts; undefined for a file without a verdict. */
async function scanned(scans: Scan[], policy: ScanPolicy = "before", unscannable?: UnscannablePolicy) {
  const made = await makeRun(
    scans.map((_, index) => ({ path: `${index}`, bytes: `${index}` })),
    policy,
  );
  if (unscannable) {
    const key = { workspaceId: made.ws.id, id: made.id };
    await db().entities.transfer.patch(key).set({ unscannable }).go();
  }
  const judge = async () => {
    for (const [ordinal, scan] of scans.entries()) {
      if (!scan) continue;
      // As the scanner does: an infected file is closed at once.
      const closed = scan === "infected" ? { state: "infected" as const, threat: "Eicar" } : {};
      const why = scan === "unscannable" ? { scanProblem: "encrypted" } : {};
      await noteFile(await made.file(ordinal), { scan, ...closed, ...why });
    }
  };
  return {
    ...made,
    judge,
    publish: (state = "Publish") => publishRun(made.ws.system, made.step(state)),
    states: async () => (await made.files()).map(({ state }) => state),
  };
}

function deliverUnscanned(t: TestContext): void {
  process.env.DORMOUSE_UNSCANNED = "deliver";
  t.after(() => delete process.env.DORMOUSE_UNSCANNED);
}

test('policy "before": a file opens when its scan has passed, and a file without a verdict stays closed', async () => {
  const { publish, judge, states, file, said } = await scanned(
    ["clean", "infected", "unscannable", "unscanned", undefined],
    "before",
    "hold",
  );
  await judge();
  assert.deepEqual(await publish(), { opened: 1 });
  assert.deepEqual(await states(), ["ready", "infected", "unscannable", "unscannable", "unscannable"]);
  assert.match((await file(2)).notice ?? "", /could not be scanned for viruses, .*: encrypted\.$/);
  for (const ordinal of [3, 4]) assert.match((await file(ordinal)).notice ?? "", /has not been scanned for viruses/);
  const step = await said("Publish");
  assert.deepEqual([step?.outcome, step?.message], ["succeeded", "4 of 5 files are not handed out."]);
});

test("an unscannable file opens with a mark unless the policy holds it, and a file without a verdict stays closed", async () => {
  const { publish, judge, states, file } = await scanned(["clean", "infected", "unscannable", undefined]);
  await judge();
  assert.deepEqual(await publish(), { opened: 2 });
  assert.deepEqual(await states(), ["ready", "infected", "ready", "unscannable"]);
  for (const view of [viewFile(await file(2)), viewGuestFile(await file(2), undefined)])
    assert.deepEqual([view.state, view.scanMark, view.notice], ["ready", "not scanned: encrypted", undefined]);
});

test('policy "after": files open at once, and those that the scanner finds are closed again', async () => {
  const { publish, judge, states } = await scanned(["clean", "infected", "unscannable", undefined], "after", "hold");
  assert.deepEqual(await publish("OpenUnscanned"), { opened: 4 });
  assert.deepEqual(await states(), ["ready", "ready", "ready", "ready"]);
  await judge();
  assert.deepEqual(await publish(), { opened: 1 });
  assert.deepEqual(await states(), ["ready", "infected", "unscannable", "unscannable"]);
});

test('policy "after": an infected file is never opened again, not even for a moment', async () => {
  const { publish, judge, states } = await scanned(["infected", "clean"], "after");
  await judge();
  assert.deepEqual(await publish("OpenUnscanned"), { opened: 1 });
  assert.deepEqual(await states(), ["infected", "ready"]);
});

test('policy "off": files open without a scan', async () => {
  const { publish, states } = await scanned([undefined, undefined], "off");
  assert.deepEqual(await publish(), { opened: 2 });
  assert.deepEqual(await states(), ["ready", "ready"]);
});

test("without a scanner files open only if the deployment allows it", async (t) => {
  const { publish, judge, states } = await scanned(["unscanned", undefined]);
  deliverUnscanned(t);
  await judge();
  await publish();
  assert.deepEqual(await states(), ["ready", "unscannable"]);
});

test("a file that does not match what was announced, or was removed, stays as it is", async () => {
  const { publish, states, file } = await scanned(["clean", "clean"], "off");
  await noteFile(await file(0), { state: "failed" });
  await noteFile(await file(1), { state: "cancelled" });
  assert.deepEqual(await publish(), { opened: 0 });
  assert.deepEqual(await states(), ["failed", "cancelled"]);
});

test("a transfer is ready when it is sealed and all of its files are decided on, and not before", async () => {
  const { ws, id, publish, send, file, transfer } = await scanned([undefined], "off");
  await publish();
  assert.equal((await transfer()).state, "uploading", "more files may come");
  await send({ path: "late", bytes: "late" });
  await sealTransfer(ws.as("owner"), { transferId: id });
  await publish();
  assert.equal((await transfer()).state, "sealed", "a file that came later is for the next run");
  await noteFile(await file(1), { state: "infected" });
  await publish();
  assert.equal((await transfer()).state, "ready");
});

test("repeating the step changes nothing", async () => {
  const { publish, judge, files } = await scanned(["clean", "infected", undefined]);
  await judge();
  const first = await publish();
  const before = await files();
  assert.deepEqual(await publish(), first);
  assert.deepEqual(await files(), before);
});

test("only the workflow may publish", async () => {
  const made = await scanned([undefined], "off");
  await assertForWorkflowOnly(made, (ctx) => publishRun(ctx, made.step("Publish")));
  assert.deepEqual(await made.states(), ["stored"]);
});
