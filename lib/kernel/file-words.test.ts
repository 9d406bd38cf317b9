import assert from "node:assert/strict";
import { test } from "node:test";
import { noFiles } from "./file-numbers.ts";
import { cannotBeHad, partInWords, stateInWords } from "./file-words.ts";
import { deliveredInWords, filesInWords } from "./transfer-status.ts";

const numbers = (files: Partial<Record<keyof ReturnType<typeof noFiles>, number>>) => {
  const all = noFiles();
  for (const [stand, count] of Object.entries(files)) all[stand as keyof typeof all].files = count;
  return all;
};

test("a file has one word for its state, and several have the same", () => {
  assert.deepEqual(
    ["reserved", "uploading", "stored", "ready", "infected", "unscannable", "failed", "removed"].map(stateInWords),
    ["on its way", "on its way", "being checked", "ready", "blocked", "blocked", "failed", "taken out"],
  );
  assert.deepEqual([partInWords("coming", 1), partInWords("coming", 1200)], ["1 on its way", "1,200 on their way"]);
  const some = numbers({ ready: 2, coming: 3, blocked: 1 });
  assert.equal(filesInWords(some), "2 of 6 files ready, 3 on their way, 1 blocked");
  assert.equal(deliveredInWords(some), "2 of 6 files delivered, 3 on their way, 1 blocked");
});

test("what can't be had is said with why, and nothing where all can be had or will be", () => {
  assert.equal(cannotBeHad(numbers({ ready: 3, coming: 2, checking: 1, removed: 4, cancelled: 5 })), undefined);
  assert.match(cannotBeHad(numbers({ ready: 3, blocked: 1 })) ?? "", /^1 file can't be had: blocked /);
  assert.match(cannotBeHad(numbers({ failed: 2 })) ?? "", /^2 files can't be had: failed/);
  assert.match(
    cannotBeHad(numbers({ blocked: 1200, failed: 1 })) ?? "",
    /^1,201 files can't be had: 1,200 blocked .*, 1 failed\.$/,
  );
});
