import assert from "node:assert/strict";
import { test } from "node:test";
import { Network } from "./network.ts";
import { backoff } from "./runtime.ts";
import { ManualClock } from "./testing/manual-clock.ts";

/** Whether a promise is settled after everything that is due has run. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

test("a wait ends after its time", async () => {
  const clock = new ManualClock();
  const wait = new Network(clock).wait(1000);
  clock.advance(999);
  assert.equal(await isOver(wait), false);
  clock.advance(1);
  assert.equal(await isOver(wait), true);
});

test("a wait ends early when the network is back or the work is aborted", async () => {
  const network = new Network(new ManualClock());
  const controller = new AbortController();
  const [first, second] = [network.wait(1000), network.wait(1000, controller.signal)];
  controller.abort();
  assert.equal(await isOver(second), true);
  assert.equal(await isOver(first), false);
  network.endWaits();
  assert.equal(await isOver(first), true);
  assert.equal(await isOver(network.wait(1000, controller.signal)), true);
});

test("waits double up to half a minute, and jitter shortens them by at most a half", () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 40].map((failures) => backoff(failures, () => 1)),
    [500, 1000, 2000, 30_000, 30_000, 30_000],
  );
  assert.equal(
    backoff(3, () => 0),
    1000,
  );
});
