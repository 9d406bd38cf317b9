import assert from "node:assert/strict";
import { test } from "node:test";
import { Publisher } from "./publisher.ts";
import { ManualClock } from "./testing/manual-clock.ts";

function start(busy = () => false) {
  const clock = new ManualClock();
  const seen: number[] = [];
  let value = 0;
  const publisher = new Publisher(clock, () => ({ value }), busy);
  publisher.subscribe(() => seen.push(publisher.snapshot.value));
  const set = (next: number) => {
    value = next;
    publisher.publishSoon();
  };
  return { clock, seen, publisher, set };
}

test("the first change is published at once, and until then the snapshot stays the same object", () => {
  const { clock, seen, publisher, set } = start();
  const first = publisher.snapshot;
  set(1);
  assert.equal(publisher.snapshot, first);
  clock.advance(0);
  assert.deepEqual(seen, [1]);
  assert.notEqual(publisher.snapshot, first);
});

test("many changes are published at most ten times per second, and the last one is never lost", () => {
  const { clock, seen, set } = start();
  for (let change = 1; change <= 1000; change++) {
    set(change);
    clock.advance(1);
  }
  assert.ok(seen.length >= 4 && seen.length <= 10, `${seen.length} times`);
  clock.advance(1000);
  assert.equal(seen.at(-1), 1000);
});

test("while bytes are sent there is a snapshot every quarter of a second, and none otherwise", () => {
  let busy = true;
  const { clock, seen, set } = start(() => busy);
  set(1);
  clock.advance(1000);
  assert.equal(seen.length, 5);
  busy = false;
  clock.advance(250);
  clock.advance(10_000);
  assert.equal(seen.length, 6);
});

test("nothing is published after closing", () => {
  const { clock, seen, publisher, set } = start();
  set(1);
  publisher.close();
  set(2);
  clock.advance(1000);
  assert.deepEqual(seen, []);
});
