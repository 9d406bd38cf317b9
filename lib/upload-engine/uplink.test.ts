import assert from "node:assert/strict";
import { test } from "node:test";
import { Uplink } from "./uplink.ts";

const MB = 1e6;
const PART = 5 * 1024 ** 2;
const MOST = 6;

/**
 * Sends parts for so many seconds over a line that carries `speed(connections)`; returns how many are in flight at the
 * end.
 */
function flow(
  uplink: Uplink,
  from: number,
  seconds: number,
  speed: (connections: number) => number,
  begun = MOST,
): number {
  let connections = begun;
  for (let at = from + 100; at <= from + seconds * 1000; at += 100) {
    uplink.addBytes(speed(connections) / 10, at);
    if (at % 1000 !== 0) continue;
    uplink.measure(connections * PART, at);
    while (connections > 1 && uplink.isOverloaded(connections * PART)) connections--;
    while (connections < MOST && uplink.hasRoom(connections * PART, PART)) connections++;
  }
  return connections;
}

const begun = (): Uplink => {
  const uplink = new Uplink();
  uplink.restart(0);
  return uplink;
};

test("a fast line is not limited", () => {
  for (const speed of [6.25 * MB, 62.5 * MB, 125 * MB])
    assert.equal(
      flow(begun(), 0, 60, () => speed),
      MOST,
    );
});

test("on a line of 5 Mbit/s one part is in flight after some seconds, on faster ones as much as takes 15 s at most", () => {
  const uplink = begun();
  assert.equal(
    flow(uplink, 0, 6, () => 0.625 * MB),
    1,
  );
  assert.equal(
    flow(uplink, 6000, 120, () => 0.625 * MB, 1),
    1,
    "and it stays so",
  );
  for (const speed of [0.625, 1.25, 2.5, 4]) {
    const connections = flow(begun(), 0, 60, () => speed * MB);
    assert.ok(connections === 1 || (connections * PART) / (speed * MB) <= 15, `${connections} at ${speed} MB/s`);
  }
});

test("if each connection is slow by itself, nearly all of them stay in use", () => {
  const uplink = begun();
  const throttled = (connections: number) => connections * 0.3 * MB;
  let at = 0;
  let carried = 0;
  let connections = MOST;
  for (let second = 0; second < 120; second++, at += 1000) {
    connections = flow(uplink, at, 1, throttled, connections);
    carried += throttled(connections);
  }
  assert.ok(connections >= MOST - 1, `${connections}`);
  assert.ok(carried > 0.7 * 120 * throttled(MOST), `${carried / MB} MB`);
});

test("a line that gets faster is used fully again", () => {
  const uplink = begun();
  assert.equal(
    flow(uplink, 0, 30, () => 0.625 * MB),
    1,
  );
  assert.equal(
    flow(uplink, 30_000, 60, () => 12.5 * MB, 1),
    MOST,
  );
});

test("a line that gets slower is limited within half a minute", () => {
  const uplink = begun();
  const before = flow(uplink, 0, 30, () => 3 * MB);
  const after = flow(uplink, 30_000, 60, () => 0.625 * MB, before);
  assert.equal(after, 1);
});

test("a line on which nothing is sent does not count as slow", () => {
  const uplink = begun();
  flow(uplink, 0, 30, () => 12.5 * MB);
  for (let at = 31_000; at < 90_000; at += 1000) uplink.measure(MOST * PART, at);
  assert.ok(uplink.hasRoom(5 * PART, PART));
});
