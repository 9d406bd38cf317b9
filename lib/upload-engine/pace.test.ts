import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

const MIB = 1024 ** 2;
const arrive = (pace: Pace, parts: number, goodput = 100 * MIB) => {
  for (let part = 0; part < parts; part++) pace.arrived(16 * MIB, 1000, goodput);
};

test("it begins with a browser's six, and a browser stays there", () => {
  const pace = new Pace(6);
  assert.equal(pace.limit, 6);
  arrive(pace, 100);
  assert.equal(pace.limit, 6);
});

test("beyond six it grows while goodput grows, and no longer", () => {
  const pace = new Pace(32);
  let goodput = 100 * MIB;
  for (let part = 0; part < 200; part++) {
    goodput = Math.min(pace.limit, 12) * 10 * MIB;
    pace.arrived(16 * MIB, 1000, goodput);
  }
  assert.ok(pace.limit >= 12 && pace.limit <= 13, `${pace.limit}`);
});

test("trouble halves it once, however many parts it hit, and never below one", () => {
  const pace = new Pace(6);
  for (let part = 0; part < 6; part++) pace.trouble(10_000 + part);
  assert.equal(pace.limit, 3);
  pace.trouble(12_000);
  pace.trouble(14_000);
  pace.trouble(16_000);
  assert.equal(pace.limit, 1);
});

test("after trouble it comes back by one for each round of parts", () => {
  const pace = new Pace(6);
  pace.trouble(0);
  arrive(pace, 2);
  assert.equal(pace.limit, 3);
  arrive(pace, 1);
  assert.equal(pace.limit, 4);
  arrive(pace, 4);
  assert.equal(pace.limit, 5);
});

test("the speed of a connection is told by large parts alone", () => {
  const pace = new Pace(6);
  pace.arrived(1000, 1000, 0);
  assert.equal(pace.perConnection, 0);
  pace.arrived(16 * MIB, 500, 0);
  assert.equal(pace.perConnection, 32 * MIB);
});
