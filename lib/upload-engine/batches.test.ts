import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MAX_FILES_PER_COMPLETE,
  MAX_FILES_PER_RESERVE,
  MAX_PARTS_PER_SIGN,
} from "../uploads/upload-protocol.schema.ts";
import {
  MAX_CANCEL_FILES,
  MAX_COMPLETE_FILES,
  MAX_RESERVE_FILES,
  MAX_SIGN_PARTS,
  reserveCount,
  type SigningState,
  signCount,
} from "./batches.ts";

const MIB = 1024 ** 2;

const files = (count: number, path = "folder/name.jpg") =>
  Array.from({ length: count }, () => ({ path, size: 1, type: "image/jpeg", partSize: 16 * MIB }));

test("batches stay within the protocol's limits", () => {
  assert.ok(MAX_RESERVE_FILES <= MAX_FILES_PER_RESERVE && MAX_CANCEL_FILES <= MAX_FILES_PER_RESERVE);
  assert.ok(MAX_SIGN_PARTS <= MAX_PARTS_PER_SIGN);
  assert.ok(MAX_COMPLETE_FILES <= MAX_FILES_PER_COMPLETE);
});

test("a reservation contains 500 files with ordinary names", () => {
  assert.equal(reserveCount(files(10_000)), 500);
  assert.equal(reserveCount(files(3)), 3);
  assert.equal(reserveCount([]), 0);
});

test("a reservation with long names stays below 200 KiB of JSON, and contains at least one file", () => {
  const long = files(500, "ü".repeat(1000));
  const count = reserveCount(long);
  assert.ok(count > 50 && count < 500);
  assert.ok(Buffer.byteLength(JSON.stringify(long.slice(0, count))) < 200 * 1024);
  assert.equal(reserveCount(files(2, "x".repeat(300_000))), 1);
});

const state = (change: Partial<SigningState>): SigningState => ({
  waiting: [],
  moreComing: true,
  ready: 0,
  connections: 6,
  calls: 0,
  speed: 0,
  expiresIn: 900,
  ...change,
});
const parts = (count: number, size = 16 * MIB) => Array.from({ length: count }, () => size);

test("the first hashed part is signed at once, so that the first bytes are sent soon", () => {
  assert.equal(signCount(state({ waiting: parts(1) })), 1);
});

test("later calls wait for more parts, but only while the hasher delivers them", () => {
  assert.equal(signCount(state({ waiting: parts(7), calls: 2 })), 0);
  assert.equal(signCount(state({ waiting: parts(8), calls: 2 })), 8);
  assert.equal(signCount(state({ waiting: parts(7), calls: 2, moreComing: false })), 7);
});

test("a few large parts are worth a call as much as many small ones", () => {
  assert.equal(signCount(state({ waiting: parts(2, 256 * MIB), calls: 9 })), 2);
  assert.equal(signCount(state({ waiting: parts(15, 1000), calls: 9 })), 0);
  assert.equal(signCount(state({ waiting: parts(16, 1000), calls: 9 })), 16);
});

test("nothing is signed while enough signed parts wait for a connection", () => {
  assert.equal(signCount(state({ waiting: parts(64), ready: 12 })), 0);
  assert.equal(signCount(state({ waiting: parts(64), ready: 11 })), MAX_SIGN_PARTS);
});

test("on a slow line no more parts are signed than can be sent in half of the signatures' lifetime", () => {
  assert.equal(signCount(state({ waiting: parts(64), calls: 9, speed: 16 * MIB, expiresIn: 20 })), 10);
  assert.equal(signCount(state({ waiting: parts(64), calls: 9, speed: 1, expiresIn: 900 })), 6);
});

/** For any speed of the hasher and of the line. */
test("1 GiB takes at most 9 calls when the hasher is the bottleneck", () => {
  let waiting = 0;
  let calls = 0;
  for (let hashed = 1; hashed <= 64; hashed++) {
    waiting++;
    const count = signCount(state({ waiting: parts(waiting), calls, moreComing: hashed < 64 }));
    if (count > 0) calls++;
    waiting -= count;
  }
  assert.equal(waiting, 0);
  assert.ok(calls <= 9, `${calls} calls`);
});

test("1 GiB takes at most 9 calls when the line is the bottleneck", () => {
  let [waiting, ready, calls, left] = [0, 0, 0, 64];
  while (left + waiting + ready > 0) {
    const arriving = Math.min(left, 4, 100 - waiting - ready);
    [left, waiting] = [left - arriving, waiting + arriving];
    const count = signCount(state({ waiting: parts(waiting), ready, calls, moreComing: left > 0, speed: 100 * MIB }));
    if (count > 0) calls++;
    [waiting, ready] = [waiting - count, Math.max(0, ready + count - 1)];
  }
  assert.ok(calls <= 9, `${calls} calls`);
});
