import assert from "node:assert/strict";
import { test } from "node:test";
import { ConcurrencyLimit } from "./concurrency-limit.ts";

const MIB = 1024 ** 2;
const arrive = (limiter: ConcurrencyLimit, parts: number, goodput = 100 * MIB) => {
  for (let part = 0; part < parts; part++) limiter.partArrived(16 * MIB, 1000, goodput);
};

test("it begins with a browser's six connections, and a browser stays there", () => {
  const limiter = new ConcurrencyLimit(6);
  assert.equal(limiter.limit, 6);
  arrive(limiter, 100);
  assert.equal(limiter.limit, 6);
});

test("beyond six it grows only while goodput grows", () => {
  const limiter = new ConcurrencyLimit(32);
  let goodput = 100 * MIB;
  for (let part = 0; part < 200; part++) {
    goodput = Math.min(limiter.limit, 12) * 10 * MIB;
    limiter.partArrived(16 * MIB, 1000, goodput);
  }
  assert.ok(limiter.limit >= 12 && limiter.limit <= 13, `${limiter.limit}`);
});

test("a failure halves it once, however many parts failed, and never below one", () => {
  const limiter = new ConcurrencyLimit(6);
  for (let part = 0; part < 6; part++) limiter.congested(10_000 + part);
  assert.equal(limiter.limit, 3);
  limiter.congested(12_000);
  limiter.congested(14_000);
  limiter.congested(16_000);
  assert.equal(limiter.limit, 1);
});

test("after a failure it grows by one for each round of parts", () => {
  const limiter = new ConcurrencyLimit(6);
  limiter.congested(0);
  arrive(limiter, 2);
  assert.equal(limiter.limit, 3);
  arrive(limiter, 1);
  assert.equal(limiter.limit, 4);
  arrive(limiter, 4);
  assert.equal(limiter.limit, 5);
});

test("only large parts tell the speed of a connection", () => {
  const limiter = new ConcurrencyLimit(6);
  limiter.partArrived(1000, 1000, 0);
  assert.equal(limiter.connectionSpeed, 0);
  limiter.partArrived(16 * MIB, 500, 0);
  assert.equal(limiter.connectionSpeed, 32 * MIB);
});
