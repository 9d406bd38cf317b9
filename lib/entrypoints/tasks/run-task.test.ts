import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { childEnvironment, endChild, exitOf, spawnGuarded } from "#infra/local/core/child-process.ts";
import { until } from "#infra/local/testing/until.ts";
import { bundleTask, type TaskName } from "#infra/tasks/bundle.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { childrenNamed } from "#lib/programs/testing/children.ts";
import { EICAR, TEST_SIGNATURES } from "#lib/scanning/testing/samples.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { MIB, seededBytes } from "#lib/testing/send.ts";
import { makeVideo } from "#lib/transcoding/testing/videos.ts";
import type { TaskWatch } from "#lib/workflow/task.ts";
import { makeWave, taskInput } from "#lib/workflow/testing/wave.ts";
import { RunNotFound } from "#lib/workflow/workflow.errors.ts";
import { runTask } from "./run-task.ts";

requireEngines();

const PROJECT = resolve(import.meta.dirname, "../../..");
type Call = { action: string; taskToken: string; output?: string; error?: string; cause?: string };
/** The requests of the tested programs to Step Functions, and its answers. */
let calls: Call[] = [];
let refuse: (action: string) => string | undefined = () => undefined;

const recorder = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  const action = String(request.headers["x-amz-target"]).replace("AWSStepFunctions.", "");
  assert.match(request.headers.authorization ?? "", /\/states\/aws4_request/);
  const { taskToken, ...rest } = JSON.parse(body) as Omit<Call, "action">;
  calls.push({ action, taskToken, ...rest });
  const name = refuse(action);
  response.writeHead(name ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify(name ? { __type: `com.amazonaws.states#${name}`, message: "no" } : {}));
});

before(async () => {
  await new Promise<void>((ready) => recorder.listen(0, "127.0.0.1", ready));
  process.env.AWS_ENDPOINT_URL_SFN = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
});
after(() => {
  recorder.close();
  recorder.closeAllConnections();
});
beforeEach(() => {
  calls = [];
  refuse = () => undefined;
});

const REF = { workspaceId: "ws_1", transferId: "tr_1", wave: 1, state: "Scan", ticket: "t" };
const run = (
  work: (watch: TaskWatch) => Promise<object>,
  options: { input?: string; heartbeatMs?: number; stillMs?: number } = {},
) =>
  runTask((_client, watch) => work(watch), {
    heartbeatMs: 20,
    ...options,
    env: childEnvironment({ TASK_TOKEN: "the token", TASK_INPUT: options.input ?? JSON.stringify(REF) }),
  });
const actions = () => calls.map(({ action }) => action);
/** A task's last report, without heartbeats, which may still arrive at that time. */
const report = () => calls.findLast(({ action }) => action !== "SendTaskHeartbeat");

test("success is reported with its result, after a first heartbeat", async () => {
  assert.equal(await run(async () => ({ clean: 3 }), { heartbeatMs: 60_000 }), 0);
  assert.deepEqual(calls, [
    { action: "SendTaskHeartbeat", taskToken: "the token" },
    { action: "SendTaskSuccess", taskToken: "the token", output: '{"clean":3}' },
  ]);
});

test("heartbeats are sent as long as there is progress, and no longer", async () => {
  await run(
    async ({ moved }) => {
      await until("heartbeats, while something moves", () => {
        moved();
        return calls.length > 5;
      });
      await until("silence, when nothing moves", async () => {
        const sent = calls.length;
        await delay(200);
        return calls.length === sent;
      });
      return {};
    },
    { stillMs: 100 },
  );
});

test("an error for people is reported; of other errors the message is not", async () => {
  const visible = new VisibleError("ScannerFailed", 500, "The virus scanner did not start.");
  assert.equal(await run(() => Promise.reject(visible)), 1);
  assert.deepEqual(report(), {
    action: "SendTaskFailure",
    taskToken: "the token",
    error: "ScannerFailed",
    cause: "The virus scanner did not start.",
  });
  assert.equal(await run(() => Promise.reject(new Error("at 10.0.0.7:8000"))), 1);
  assert.equal(report()?.error, "TaskFailed");
  assert.doesNotMatch(report()?.cause ?? "", /10\.0/);
  assert.equal(await run(async () => ({}), { input: '{"workspaceId":1}' }), 1);
  assert.equal(report()?.action, "SendTaskFailure");
});

test("when the transfer was purged meanwhile, nothing is left to do, and nothing is reported", async (t) => {
  const log = t.mock.method(console, "error", () => undefined);
  assert.equal(await run(() => Promise.reject(new RunNotFound())), 0);
  assert.deepEqual([report()?.action, report()?.output], ["SendTaskSuccess", "{}"]);
  assert.equal(log.mock.callCount(), 0);
});

test("when nobody waits for the task any more, it stops and reports nothing", async () => {
  refuse = (action) => (action === "SendTaskHeartbeat" ? "TaskTimedOut" : undefined);
  const code = await run(async ({ signal }) => {
    await delay(60_000, undefined, { signal });
    return {};
  });
  assert.equal(code, 1);
  assert.deepEqual(new Set(actions()), new Set(["SendTaskHeartbeat"]));
});

const folder = mkdtempSync(join(tmpdir(), "dormouse-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the bundled program of a task as RunTask does: a child process with only its own variables. */
async function startTask(name: TaskName, input: object) {
  const file = join(folder, `${name}.mjs`);
  await bundleTask(PROJECT, name, file);
  const kept = Object.entries(process.env).filter(([name]) => /^(AWS_|SST_|PATH$)/.test(name));
  const env = {
    ...(Object.fromEntries(kept) as Record<string, string>),
    TASK_TOKEN: "the token",
    TASK_INPUT: JSON.stringify(input),
    DORMOUSE_TEST_SIGNATURES: TEST_SIGNATURES,
    // The files of a killed program are removed with the tests.
    TMPDIR: folder,
  };
  const child = spawnGuarded(process.execPath, [file], { cwd: folder, env: childEnvironment(env), output: "inherit" });
  after(() => endChild(child));
  return child;
}

test("the scan's program, killed half-way, continues when it is started again", async () => {
  const block = seededBytes("block", 8 * MIB);
  const wave = await makeWave(
    Array.from({ length: 9 }, (_, index) => ({
      path: `${index}`,
      bytes: index === 7 ? EICAR : Buffer.concat([Buffer.from(`${index}`), block]),
    })),
  );
  const input = taskInput(wave.ref, "Scan");
  const first = await startTask("scan", input);
  await until("the first file is scanned", async () => (await wave.file(0)).scan === "clean");
  const clamds = childrenNamed("clamd", first.pid);
  assert.equal(clamds.length, 1);
  first.kill("SIGKILL");
  await exitOf(first);
  await until("clamd is gone as well", () => childrenNamed("clamd", 1).every((pid) => !clamds.includes(pid)));
  assert.notEqual(report()?.action, "SendTaskSuccess");
  const second = await startTask("scan", input);
  await exitOf(second);
  assert.equal(second.exitCode, 0);
  assert.deepEqual(JSON.parse(report()?.output ?? ""), { clean: 8, infected: 1, unscannable: 0, unscanned: 0 });
});

test("the scan's program, asked to end, reports it to the state machine and ends clamd", async () => {
  const bytes = seededBytes("long", 64 * MIB);
  const wave = await makeWave([{ path: "a", bytes }]);
  const child = await startTask("scan", taskInput(wave.ref, "Scan"));
  await until("clamd runs", () => childrenNamed("clamd", child.pid).length > 0);
  child.kill("SIGTERM");
  await exitOf(child);
  assert.equal(child.exitCode, 1);
  assert.equal(report()?.error, "TaskStopped");
});

test("the transcode's program reports its renditions", async () => {
  const bytes = makeVideo("mkv", 1, "320x240", ["-c:v", "mpeg2video", "-c:a", "mp2"]);
  const wave = await makeWave([{ path: "a.mkv", kind: "video", bytes }]);
  const child = await startTask("transcode", taskInput(wave.ref, "Transcode", 0));
  await exitOf(child);
  assert.equal(child.exitCode, 0);
  assert.equal(report()?.action, "SendTaskSuccess");
  assert.deepEqual(JSON.parse(report()?.output ?? ""), { made: 1, refused: 0, skipped: 0 });
});
