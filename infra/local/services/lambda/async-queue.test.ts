import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { ServiceError } from "../../core/aws-service.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { until } from "../../testing/until.ts";
import { createAsyncQueue, type DestinationRecord } from "./async-queue.ts";

const HOUR = 3600_000;

function queueOf(t: TestContext, invoke: () => Promise<boolean>, file = join(temporaryDirectory(t), "queue.sqlite")) {
  const failures: DestinationRecord[] = [];
  const open = (names = ["objects"]) =>
    createAsyncQueue({
      file,
      functions: {
        names,
        concurrencyOf: () => 2,
        invoke: async (_name, _event, requestId = "") => ({
          requestId,
          payload: Buffer.from("{}"),
          failed: await invoke(),
        }),
      },
      region: "us-east-1",
      retries: 2,
      retryMs: 1,
      onFailure: (record) => failures.push(record),
      onError: assert.fail,
    });
  return { open, failures, file };
}

test("no more events run at a time than the function has instances", async (t) => {
  let running = 0;
  let most = 0;
  let done = 0;
  const { open } = queueOf(t, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    done += 1;
    return false;
  });
  const queue = open();
  t.after(() => queue.close());
  queue.start();
  for (let n = 0; n < 20; n += 1) queue.accept("objects", "{}");
  await until("all", () => done === 20);
  assert.equal(most, 2);
  await until("none left", () => queue.status().inFlight === 0);
});

test("a refusal because no instance is free does not count as an attempt", async (t) => {
  let calls = 0;
  const { open, failures } = queueOf(t, async () => {
    calls += 1;
    if (calls === 1) throw new ServiceError("TooManyRequestsException", "Rate Exceeded.");
    return true;
  });
  const queue = open();
  t.after(() => queue.close());
  queue.start();
  queue.accept("objects", "{}");
  await until("it to be given up", () => failures.length === 1);
  assert.equal(calls, 4);
  assert.equal(failures[0]?.requestContext.approximateInvokeCount, 3);
});

test("a retry that becomes due while the queue looks for work is not lost", async (t) => {
  const { open, failures } = queueOf(t, async () => true);
  let now = Date.now();
  t.mock.method(Date, "now", () => now++);
  const queue = open();
  t.after(() => queue.close());
  queue.start();
  queue.accept("objects", "{}");
  await until("it to be given up", () => failures.length === 1);
});

test("an event that is older than six hours is given up without a call", async (t) => {
  const { open, failures, file } = queueOf(t, assert.fail);
  const first = open();
  const id = first.accept("objects", '{"n":1}');
  first.close();
  const database = new DatabaseSync(file);
  database.prepare("UPDATE events SET accepted = ?").run(Date.now() - 6 * HOUR - 1000);
  database.close();
  const second = open();
  t.after(() => second.close());
  second.start();
  await until("it to be given up", () => failures.length === 1);
  assert.equal(failures[0]?.requestContext.condition, "EventAgeExceeded");
  assert.equal(failures[0]?.requestContext.requestId, id);
  assert.equal(failures[0]?.responseContext, undefined);
});

test("events of a function that is not deployed now wait for it", async (t) => {
  let calls = 0;
  const { open } = queueOf(t, async () => {
    calls += 1;
    return false;
  });
  const first = open();
  first.accept("objects", "{}");
  first.close();
  const without = open([]);
  without.start();
  assert.equal(without.status().inFlight, 1);
  without.close();
  const again = open();
  t.after(() => again.close());
  again.start();
  await until("the call", () => calls === 1);
});
