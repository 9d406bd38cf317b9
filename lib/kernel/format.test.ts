import assert from "node:assert/strict";
import { test } from "node:test";
import { exactBytes, formatBytes, formatCount } from "./format.ts";

test("a size is shown in decimal units with at most three digits", () => {
  const cases: [number, string][] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1 KB"],
    [1234, "1.23 KB"],
    [12_345, "12.3 KB"],
    [123_456, "123 KB"],
    [999_499, "999 KB"],
    [999_500, "1 MB"],
    [1_200_000_000, "1.2 GB"],
    [53_687_091_200_000, "53.7 TB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text, String(bytes));
});

test("the exact size is there to the byte", () => {
  assert.equal(exactBytes(1_234_567_890), "1,234,567,890 bytes");
  assert.equal(exactBytes(1), "1 byte");
});

test("counts agree with their noun", () => {
  assert.equal(formatCount(1, "file"), "1 file");
  assert.equal(formatCount(2048, "file"), "2,048 files");
});
