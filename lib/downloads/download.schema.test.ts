import assert from "node:assert/strict";
import { test } from "node:test";
import { FileOrdinal, ListDownloads } from "./download.schema.ts";

test("a file's ordinal is a number, or digits", () => {
  for (const [given, ordinal] of [
    [0, 0],
    [7, 7],
    ["0", 0],
    ["12", 12],
    ["9999999", 9_999_999],
  ] as const)
    assert.equal(FileOrdinal.parse(given), ordinal);
  assert.deepEqual(ListDownloads.parse({}), { from: 0 });
});

for (const given of [
  "",
  " ",
  " 1",
  "1 ",
  "+1",
  "-1",
  "-0",
  "01",
  "1.0",
  "1e3",
  "0x1",
  "0b1",
  "١",
  "1_0",
  "10000000",
  "null",
])
  test(`"${given}" is no ordinal`, () => assert.equal(FileOrdinal.safeParse(given).success, false));

for (const given of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 10_000_000, null, true, [], [1], {}])
  test(`${JSON.stringify(given)} (${typeof given}) is no ordinal either`, () =>
    assert.equal(FileOrdinal.safeParse(given).success, false));
