import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPicks, sayLeftOut } from "./check-picks.ts";

const file = (size: number, path = "a.bin") => ({ path, blob: { size } });

test("files that can be sent bring no sentence, the largest that S3 takes among them", () => {
  assert.equal(checkPicks([file(0), file(50_000 * 1024 ** 3)], 2), undefined);
});

test("none, too many and too large are each told in a sentence with the figures", () => {
  assert.equal(checkPicks([], 2), "Choose at least one file.");
  assert.match(checkPicks([file(1), file(1), file(1)], 2) ?? "", /at most 2 files; these are 3/);
  const sentence = checkPicks([file(1), file(50_000 * 1024 ** 3 + 1, "film\u202egpj.mov")], 2) ?? "";
  assert.match(sentence, /“film\ufffdgpj\.mov” has 53\.7 TB; a file can have at most 53\.7 TB/);
});

test("empty folders that are left out are said, one and many", () => {
  assert.match(sayLeftOut(1), /^One empty folder is left out/);
  assert.match(sayLeftOut(1200), /^1,200 empty folders are left out/);
});
