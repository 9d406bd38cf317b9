import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { LedgerEntry } from "../../core/ledger.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { isAlive, until } from "../../testing/until.ts";
import { type FunctionConfig, type FunctionResponse, InvocationError, type InvocationErrorCode } from "./function.ts";
import { createFunction, type RunnerOptions } from "./runner.ts";

/** A function with this source. */
function functionOf(
  t: TestContext,
  source: string,
  config: Partial<FunctionConfig> = {},
  options: Partial<RunnerOptions> = {},
) {
  const bundle = temporaryDirectory(t);
  writeFileSync(join(bundle, "index.mjs"), source);
  const entries: LedgerEntry[] = [];
  const lines: string[] = [];
  const fn = createFunction(
    {
      name: "fixture",
      bundle,
      handler: "index.handler",
      environment: { PATH: process.env.PATH ?? "", GREETING: "hello" },
      region: "us-east-1",
      memoryMb: 512,
      timeoutMs: 5000,
      concurrency: 6,
      ...config,
    },
    { idleMs: 60_000, ledger: (entry) => entries.push(entry), log: (_stream, line) => lines.push(line), ...options },
  );
  t.after(() => fn.close());
  const json = async (event: unknown): Promise<unknown> => parse(await fn.invoke(event));
  return { fn, entries, lines, json };
}

function parse(response: FunctionResponse): unknown {
  assert.equal(response.mode, "buffered");
  return response.mode === "buffered" ? JSON.parse(response.payload.toString()) : undefined;
}

async function text(response: FunctionResponse): Promise<string> {
  assert.equal(response.mode, "streaming");
  if (response.mode !== "streaming") return "";
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const failsWith = (code: InvocationErrorCode) => (error: unknown) => {
  assert.ok(error instanceof InvocationError, String(error));
  assert.equal(error.code, code);
  return true;
};

/** Code for a handler that waits for a file; the test creates the file once it has seen what it waits for. */
const GATE = `import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
const opened = async (gate) => { while (!existsSync(gate)) await delay(5); };
`;

function gateOf(t: TestContext): { gate: string; open: () => void } {
  const gate = join(temporaryDirectory(t), "open");
  return { gate, open: () => writeFileSync(gate, "") };
}

const ECHO = "export const handler = async (event) => ({ event, pid: process.pid });";

test("a handler's result is a buffered answer, and the instance can serve again", async (t) => {
  const { json } = functionOf(t, ECHO);
  const first = (await json({ n: 1 })) as { event: unknown; pid: number };
  assert.deepEqual(first.event, { n: 1 });
  assert.equal(((await json({ n: 2 })) as { pid: number }).pid, first.pid);
});

test("the instance has Lambda's environment and context, and nothing of this process", async (t) => {
  process.env.NOT_FOR_FUNCTIONS = "secret";
  const { json } = functionOf(
    t,
    `export const handler = async (event, context) => ({
      env: process.env, left: context.getRemainingTimeInMillis(), id: context.awsRequestId, arn: context.invokedFunctionArn,
    });`,
  );
  const answer = (await json({})) as { env: Record<string, string>; left: number; id: string; arn: string };
  assert.equal(answer.env.AWS_LAMBDA_FUNCTION_NAME, "fixture");
  assert.equal(answer.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, "512");
  assert.equal(answer.env._HANDLER, "index.handler");
  assert.equal(answer.env.TZ, ":UTC");
  assert.equal(answer.env.GREETING, "hello");
  assert.equal(answer.env.NOT_FOR_FUNCTIONS, undefined);
  assert.ok(answer.left > 3000 && answer.left <= 5000);
  assert.match(answer.id, /^[0-9a-f-]{36}$/);
  assert.equal(answer.arn, "arn:aws:lambda:us-east-1:000000000000:function:fixture");
});

test("a streaming handler's bytes arrive as they are written, with their type", async (t) => {
  const { fn } = functionOf(
    t,
    `${GATE}export const handler = awslambda.streamifyResponse(async (event, stream) => {
      stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
      stream.write("one");
      await opened(event.gate);
      stream.end("two");
    });`,
    { timeoutMs: 60_000 },
  );
  const { gate, open } = gateOf(t);
  const response = await fn.invoke({ gate });
  assert.equal(response.mode, "streaming");
  if (response.mode !== "streaming") return;
  assert.equal(response.contentType, "application/vnd.awslambda.http-integration-response");
  let arrived = "";
  for await (const chunk of response.body) {
    arrived += String(chunk);
    // The handler waits for this file, which is written only after the first part of its answer has arrived.
    if (arrived.endsWith("one")) open();
  }
  assert.equal(arrived, '{"statusCode":201}\0\0\0\0\0\0\0\0onetwo');
});

test("an answer is complete when its stream has ended, even if the handler returned long before", async (t) => {
  const { fn } = functionOf(
    t,
    `import { createGzip } from "node:zlib";
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      const gzip = createGzip();
      gzip.pipe(stream);
      gzip.end("x".repeat(event.length));
    });`,
  );
  const response = await fn.invoke({ length: 100_000 });
  if (response.mode !== "streaming") assert.fail("it is streamed");
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(chunk as Buffer);
  assert.equal(gunzipSync(Buffer.concat(chunks)).length, 100_000);
});

test("a stream that never ends is a timeout", async (t) => {
  const { fn } = functionOf(t, "export const handler = awslambda.streamifyResponse(async () => {});", {
    timeoutMs: 500,
  });
  await assert.rejects(fn.invoke({}), failsWith("Timeout"));
});

test("when a reader stalls, the handler has to wait, so that memory does not fill up", async (t) => {
  const { fn, lines } = functionOf(
    t,
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      const chunk = Buffer.alloc(64 * 1024, "x");
      for (let sent = 0; sent < 1000; sent += 1) {
        if (!stream.write(chunk)) await new Promise((resolve) => stream.once("drain", resolve));
        console.log("sent", sent + 1);
      }
      stream.end();
    });`,
  );
  const response = await fn.invoke({});
  await until("the handler to get going", () => lines.some((line) => line.startsWith("sent")));
  let count = -1;
  await until("the handler to stall", async () => {
    const before = lines.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    count = lines.length;
    return before === count;
  });
  assert.ok(count < 500, `the handler wrote ${count} of 1000 chunks that nobody read`);
  assert.equal((await text(response)).length, 1000 * 64 * 1024);
});

test("an error is the function's failure, and its instance goes on", async (t) => {
  const { fn, json, lines } = functionOf(
    t,
    `export const handler = async (event) => { if (event.fail) throw new TypeError("broken"); return process.pid; };`,
  );
  const pid = await json({});
  await assert.rejects(
    fn.invoke({ fail: true }),
    (error) => failsWith("FunctionError")(error) && /TypeError: broken/.test(String(error)),
  );
  assert.equal(await json({}), pid);
  assert.ok(lines.some((line) => line.includes("TypeError: broken")));
});

test("an answer that fails while it is streamed breaks off with an error", async (t) => {
  const { fn, entries } = functionOf(
    t,
    `export const handler = awslambda.streamifyResponse(async (event, stream) => { stream.write("begun"); throw new Error("midway"); });`,
  );
  await assert.rejects(async () => text(await fn.invoke({})), /midway/);
  await until("the ledger", () => entries.length === 1);
});

test("a handler that takes too long is killed, billed and answered as a timeout; the next call gets a new instance", async (t) => {
  const { fn, json, entries } = functionOf(
    t,
    "export const handler = (event) => event.hang ? new Promise(() => {}) : Promise.resolve(process.pid);",
    { timeoutMs: 3000 },
  );
  const pid = Number(await json({}));
  await assert.rejects(fn.invoke({ hang: true }), failsWith("Timeout"));
  assert.notEqual(await json({}), pid);
  assert.ok(!isAlive(pid));
  assert.ok((entries[1]?.units.billedMs ?? 0) >= 3000);
});

test("a crash or an unhandled rejection fails one invocation, and the next call gets a new instance", async (t) => {
  const { fn, json } = functionOf(
    t,
    `export const handler = async ({ how }) => {
      if (how === "exit") process.exit(3);
      if (how === "reject") { Promise.reject(new Error("nobody listens")); await new Promise(() => {}); }
      return "fine";
    };`,
  );
  for (const how of ["exit", "reject"]) await assert.rejects(fn.invoke({ how }), failsWith("RuntimeExited"));
  assert.equal(await json({}), "fine");
});

test("a bundle that can't be loaded fails each invocation and leaves no process behind", async (t) => {
  const { fn, lines } = functionOf(t, 'throw new Error("no such luck");');
  for (let round = 0; round < 2; round += 1) {
    await assert.rejects(fn.invoke({}), (error) => failsWith("InitError")(error) && /no such luck/.test(String(error)));
  }
  assert.ok(lines.some((line) => line.includes("no such luck")));
  await until("no instance", () => fn.status().pids.length === 0);
});

const SLOW = `export const handler = async ({ ms }) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return { pid: process.pid };
};`;

const GATED = `${GATE}export const handler = async ({ gate }) => {
  if (gate) {
    console.log("under way");
    await opened(gate);
  }
  return process.pid;
};`;
const underWay = (lines: string[]): number => lines.filter((line) => line.includes("under way")).length;

test("two invocations at a time run in two instances", async (t) => {
  const { json, lines } = functionOf(t, GATED, { timeoutMs: 60_000 });
  const { gate, open } = gateOf(t);
  const answers = [json({ gate }), json({ gate })];
  await until("both to be under way at once", () => underWay(lines) === 2);
  open();
  assert.equal(new Set(await Promise.all(answers)).size, 2);
});

test("short invocations one after another use one instance", async (t) => {
  const { json, fn } = functionOf(t, SLOW, {}, { patienceMs: 60_000 });
  await json({ ms: 0 });
  await Promise.all(Array.from({ length: 10 }, () => json({ ms: 1 })));
  assert.equal(fn.status().pids.length, 1);
});

test("invocations beyond the concurrency wait, and are refused when that takes too long", async (t) => {
  const limits = { concurrency: 1, timeoutMs: 60_000 };
  const patient = functionOf(t, GATED, limits, { queueMs: 60_000 });
  const first = gateOf(t);
  const slow = patient.json({ gate: first.gate });
  await until("the first to be under way", () => underWay(patient.lines) === 1);
  const waits = patient.json({});
  first.open();
  assert.equal(await waits, await slow);

  const hurried = functionOf(t, GATED, limits, { queueMs: 3000 });
  const second = gateOf(t);
  const long = hurried.json({ gate: second.gate });
  await until("the only instance to be busy", () => underWay(hurried.lines) === 1);
  await assert.rejects(hurried.fn.invoke({}), failsWith("TooManyRequests"));
  second.open();
  await long;
});

test("an inspected instance prints a debugger's address, and may be stopped for longer than its timeout", async (t) => {
  const { json, lines } = functionOf(t, SLOW, { timeoutMs: 1 }, { inspect: "fixture" });
  await json({ ms: 50 });
  const [said = ""] = lines.filter((line) => line.includes("Debugger listening on"));
  const [, address = ""] = /ws:\/\/(127\.0\.0\.1:\d+)\//.exec(said) ?? [];
  const targets = (await (await fetch(`http://${address}/json/list`)).json()) as { url: string }[];
  assert.match(targets[0]?.url ?? "", /bootstrap\.mjs$/);
});

test("payloads are limited to 6 MB in and out", async (t) => {
  const { fn } = functionOf(t, 'export const handler = async ({ bytes }) => "x".repeat(bytes);');
  await assert.rejects(fn.invoke({ text: "x".repeat(6 * 1024 * 1024) }), failsWith("RequestTooLarge"));
  await assert.rejects(fn.invoke({ bytes: 6 * 1024 * 1024 }), failsWith("ResponseSizeTooLarge"));
});

test("an idle instance is ended", async (t) => {
  const { fn, json } = functionOf(t, ECHO, {}, { idleMs: 40 });
  const { pid } = (await json({})) as { pid: number };
  await until("asleep", () => fn.status().state === "asleep");
  assert.ok(!isAlive(pid));
});

test("the Runtime API is a socket in a folder of this user only, which is removed with the instance", async (t) => {
  const { fn, json } = functionOf(t, "export const handler = async () => process.env.AWS_LAMBDA_RUNTIME_API;");
  const socket = String(await json({}));
  assert.ok(statSync(socket).isSocket());
  assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
  await fn.close();
  assert.ok(!existsSync(dirname(socket)));
});

test("initialisation beyond its quota goes on for the first invocation's timeout, and then fails", async (t) => {
  const slow = `${GATE}export const handler = async () => "awake";`.replace("export", "await delay(300);\nexport");
  assert.equal(await functionOf(t, slow, { initMs: 100 }, { queueMs: 50 }).json({}), "awake");
  const never = functionOf(t, "setInterval(() => {}, 1000);\nawait new Promise(() => {});", {
    initMs: 100,
    timeoutMs: 100,
  });
  await assert.rejects(never.fn.invoke({}), failsWith("InitError"));
});

test("the ledger has one line per invocation: duration, initialisation of a cold start, billed duration", async (t) => {
  const { entries, json } = functionOf(t, SLOW);
  await json({ ms: 50 });
  await json({ ms: 20 });
  await until("two lines", () => entries.length === 2);
  const [cold, warm] = entries;
  assert.ok(cold && warm);
  assert.deepEqual([cold.service, cold.operation, cold.resource], ["lambda", "Invoke", "fixture"]);
  const { durationMs = 0, initMs = 0, billedMs, gbMilliseconds } = cold.units;
  assert.ok(durationMs >= 49 && initMs > 5);
  assert.equal(billedMs, Math.ceil(durationMs + initMs));
  assert.equal(gbMilliseconds, (billedMs ?? 0) / 2);
  assert.equal(warm.units.initMs, undefined);
  assert.equal(warm.units.billedMs, Math.ceil(warm.units.durationMs ?? 0));
  assert.equal(warm.units.requests, 1);
});
