import assert from "node:assert/strict";
import { test } from "node:test";
import * as protocol from "../uploads/upload-protocol.schema.ts";
import { MAX_FILE_SIZE, partRange, planParts } from "./plan.ts";
import { seeded } from "./testing/seeded.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

test("a file of up to 5 MiB is one part, also an empty one", () => {
  for (const size of [0, 1, 5 * MIB]) assert.deepEqual(planParts(size), { partSize: 5 * MIB, partCount: 1 });
  assert.deepEqual(partRange(planParts(0), 0, 1), { start: 0, end: 0 });
});

test("a file of up to 16 MiB is one part, too, if the line is known to be fast enough", () => {
  assert.deepEqual(planParts(16 * MIB, 4 * MIB), { partSize: 16 * MIB, partCount: 1 });
  assert.equal(planParts(16 * MIB, MIB).partCount, 4);
  assert.equal(planParts(16 * MIB + 1, 4 * MIB).partCount, 4);
});

test("no part takes longer than 8 seconds at the speed it was planned for, unless S3 requires a larger part", () => {
  for (const speed of [0.625, 1, 2, 5, 10, 40, 200].map((each) => each * MIB)) {
    const { partSize } = planParts(40 * GIB, speed);
    assert.ok(partSize / speed <= 8 || partSize === 5 * MIB, `${partSize} at ${speed}`);
  }
});

test("one byte more makes a second part", () => {
  const size = 5 * MIB + 1;
  const plan = planParts(size);
  assert.equal(plan.partCount, 2);
  assert.deepEqual(partRange(plan, size, 2), { start: 5 * MIB, end: size });
});

test("parts of a large file have 8 MiB as long as 10,000 are enough, then grow by whole MiB", () => {
  assert.deepEqual(planParts(80_000 * MIB), { partSize: 8 * MIB, partCount: 10_000 });
  assert.equal(planParts(80_000 * MIB + 1).partSize, 9 * MIB);
});

test("the largest object of S3 fits exactly, and one byte more is refused", () => {
  assert.equal(MAX_FILE_SIZE, protocol.MAX_FILE_SIZE);
  assert.deepEqual(planParts(MAX_FILE_SIZE), { partSize: protocol.MAX_PART_SIZE, partCount: protocol.MAX_PARTS });
  assert.throws(() => planParts(MAX_FILE_SIZE + 1), RangeError);
  assert.throws(() => planParts(-1), RangeError);
  assert.throws(() => planParts(1.5), RangeError);
});

test("for any size the parts cover the file without gap or overlap, within S3's limits", () => {
  const random = seeded(7);
  for (let round = 0; round < 2000; round++) {
    const size = Math.floor(2 ** (random() * Math.log2(MAX_FILE_SIZE)));
    const plan = planParts(size);
    assert.ok(plan.partCount <= protocol.MAX_PARTS);
    assert.ok(plan.partSize >= protocol.MIN_PART_SIZE && plan.partSize <= protocol.MAX_PART_SIZE);
    assert.equal(partRange(plan, size, 1).start, 0);
    assert.equal(partRange(plan, size, plan.partCount).end, size);
    const part = 1 + Math.floor(random() * (plan.partCount - 1));
    const { start, end } = partRange(plan, size, part);
    assert.ok(end > start || size === 0);
    if (part < plan.partCount) {
      assert.equal(end - start, plan.partSize);
      assert.equal(partRange(plan, size, part + 1).start, end);
    }
  }
});

test("on a fast line parts grow up to 8 seconds, as long as the file has two dozen", () => {
  assert.equal(planParts(40 * GIB, 4 * MIB).partSize, 32 * MIB);
  assert.equal(planParts(40 * GIB, 8 * MIB).partSize, 64 * MIB);
  assert.equal(planParts(100 * GIB, 1000 * MIB).partSize, 256 * MIB);
  assert.equal(planParts(GIB, 1000 * MIB).partSize, 32 * MIB);
  assert.equal(planParts(100 * MIB, 1000 * MIB).partSize, 5 * MIB);
  assert.equal(planParts(40 * GIB, 0.1 * MIB).partSize, 5 * MIB);
});
