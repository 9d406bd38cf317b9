import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE_KINDS, handlingOf } from "#lib/kernel/file-kind.ts";
import { noFiles } from "#lib/kernel/file-numbers.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { putRun, putSteps } from "#lib/testing/runs.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { workflowDefinition } from "./definition.ts";
import { getRuns } from "./get-runs.ts";
import { LISTED_BATCHES } from "./view-run.ts";

requireEngines();

async function stage() {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id: transferId } = await createTransfer(owner, {});
  const start = ws.clock.now().getTime();
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  return { ws, owner, transferId, of: { workspaceId: ws.id, transferId }, at };
}

const pictures = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ kind: "picture", ordinals: `${index}` }));

test("a transfer without arrived files has no run, and the page need not poll", async () => {
  const { owner, transferId } = await stage();
  const { at, ...answer } = await getRuns(owner, { transferId });
  assert.deepEqual(answer, { runs: [], status: "empty", numbers: noFiles(), live: false, earlier: 0 });
  assert.equal(at, owner.clock.now().toISOString());
});

test("a run shows its steps in the order in which they began, and no keys of rows", async () => {
  const { owner, transferId, of, at } = await stage();
  await putRun(of, { startedAt: at(0), files: 3 });
  await putSteps(of, [
    { state: "Scan", startedAt: at(9), done: 1, total: 3, attempts: 2 },
    { state: "Check", startedAt: at(1), finishedAt: at(3) },
  ]);
  const { runs, live } = await getRuns(owner, { transferId });
  assert.equal(live, true);
  assert.deepEqual(runs, [
    {
      wave: 1,
      state: "running",
      files: 3,
      policy: "before",
      startedAt: at(0),
      steps: [
        { state: "Check", outcome: "succeeded", attempts: 1, startedAt: at(1), finishedAt: at(3) },
        { state: "Scan", outcome: "running", attempts: 2, startedAt: at(9), done: 1, total: 3 },
      ],
    },
  ]);
});

test("the batches of a step are shown as one: with all planned batches, the reason of a failure, the first start and the last end", async () => {
  const { owner, transferId, of, at } = await stage();
  await putRun(of, { startedAt: at(0), batches: [...pictures(4), { kind: "text", ordinals: "9" }] });
  const batches = [
    { state: "Pictures", batch: 0, startedAt: at(2), finishedAt: at(8), done: 100, total: 100 },
    { state: "Pictures", batch: 1, startedAt: at(1), finishedAt: at(4), outcome: "failed", message: "It broke." },
    { state: "Pictures", batch: 2, startedAt: at(3), done: 7, total: 100, attempts: 3 },
  ] as const;
  await putSteps(of, [...batches]);
  const [run] = (await getRuns(owner, { transferId })).runs;
  assert.deepEqual(run?.planned, { Pictures: 4, Documents: 1 });
  const [step] = run?.steps ?? [];
  assert.deepEqual(step?.batches, { total: 4, running: 1, succeeded: 1, skipped: 0, failed: 1 });
  assert.deepEqual(
    [step?.outcome, step?.attempts, step?.startedAt, step?.finishedAt, step?.done, step?.total, step?.message],
    ["running", 3, at(1), undefined, 107, 200, "It broke."],
  );
  assert.deepEqual(
    step?.listed?.map(({ batch }) => batch),
    [0, 1, 2],
  );

  await putRun(of, { startedAt: at(0), batches: pictures(3), state: "succeeded", finishedAt: at(20) });
  await putSteps(of, [{ state: "Pictures", batch: 2, startedAt: at(3), finishedAt: at(15) }]);
  const [ended] = (await getRuns(owner, { transferId })).runs[0]?.steps ?? [];
  assert.deepEqual([ended?.outcome, ended?.startedAt, ended?.finishedAt], ["failed", at(1), at(15)]);
});

test("of a hundred batches twenty are listed, failed and running ones first, in a few kilobytes", async () => {
  const { owner, transferId, of, at } = await stage();
  await putRun(of, { startedAt: at(0), batches: pictures(100) });
  const sentence = "A picture in it has more pixels than are taken, so it has no preview.";
  await putSteps(
    of,
    Array.from({ length: 100 }, (_, batch) => ({
      state: "Pictures",
      batch,
      startedAt: at(batch),
      ...(batch === 99 ? {} : { finishedAt: at(batch + 5) }),
      ...(batch % 9 === 5 ? { outcome: "failed" as const, message: sentence } : {}),
    })),
  );
  const { runs } = await getRuns(owner, { transferId });
  const step = runs[0]?.steps[0];
  assert.equal(runs[0]?.steps.length, 1);
  assert.deepEqual(step?.batches, { total: 100, running: 1, succeeded: 88, skipped: 0, failed: 11 });
  assert.equal(step?.listed?.length, LISTED_BATCHES);
  assert.deepEqual(
    step?.listed?.slice(9, 13).map(({ batch }) => batch),
    [86, 95, 99, 0],
  );
  assert.ok(JSON.stringify(runs).length < 6000);
});

test("runs are listed newest first, at most twenty; with `live` only those that may change", async () => {
  const { ws, owner, transferId, of, at } = await stage();
  for (let wave = 1; wave <= 22; wave++) {
    const ended = wave < 22 ? { state: "succeeded" as const, finishedAt: at(wave - 100) } : {};
    await putRun(of, { wave, startedAt: at(wave - 200), ...ended });
  }
  await putRun(of, { wave: 21, startedAt: at(-60), state: "failed", finishedAt: at(0), message: "No scanner came." });
  const all = await getRuns(owner, { transferId });
  assert.deepEqual(
    all.runs.map(({ wave }) => wave),
    Array.from({ length: 20 }, (_, index) => 22 - index),
  );
  assert.equal(all.earlier, 2);
  const waves = async () => (await getRuns(owner, { transferId, scope: "live" })).runs.map(({ wave }) => wave);
  assert.deepEqual(await waves(), [22, 21]);
  ws.clock.advance(11_000);
  assert.deepEqual(await waves(), [22]);
});

test("a member does not see the runs of another member's transfer", async () => {
  const { ws, transferId } = await stage();
  await assert.rejects(getRuns(ws.as("member"), { transferId }), { code: "TransferNotFound" });
});

test("every kind of file is shown in the state that the state machine sends it to", () => {
  const functions = new Proxy({}, { get: () => "" }) as Parameters<typeof workflowDefinition>[0]["functions"];
  const task = { definition: "", container: "" };
  const { States } = workflowDefinition({
    functions,
    cluster: "",
    network: { subnets: [], securityGroups: [] },
    tasks: { scan: task, transcode: task },
  });
  const { Kind } = States.Preview.ItemProcessor.States;
  for (const kind of FILE_KINDS) {
    const rule = Kind.Choices.find((choice) => JSON.stringify(choice).includes(`"${kind}"`));
    assert.equal(rule?.Next ?? Kind.Default, handlingOf(kind)?.state ?? "NoPreview", kind);
  }
});
