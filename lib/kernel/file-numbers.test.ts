import assert from "node:assert/strict";
import { test } from "node:test";
import { expected, noFiles, numbersOf, obtainable, percentOf, reserved } from "./file-numbers.ts";
import { transferName } from "./transfer-name.ts";
import { deliveredInWords, filesInWords, STATUS_LABELS, statusOf } from "./transfer-status.ts";

const STATES = [
  "reserved",
  "uploading",
  "stored",
  "ready",
  "infected",
  "unscannable",
  "failed",
  "cancelled",
  "removed",
];
/** So many files of each state, of ten bytes. */
const files = (counts: Record<string, number>) =>
  numbersOf(
    Object.entries(counts).flatMap(([state, count]) => Array.from({ length: count }, () => ({ state, size: 10 }))),
  );

test("each state counts once, and a state that nobody knows is nothing that can be had", () => {
  const numbers = numbersOf([...STATES, "new"].map((state, index) => ({ state, size: 2 ** index })));
  assert.deepEqual(numbers, {
    coming: { files: 2, bytes: 3 },
    checking: { files: 1, bytes: 4 },
    ready: { files: 1, bytes: 8 },
    blocked: { files: 2, bytes: 48 },
    failed: { files: 2, bytes: 64 + 512 },
    cancelled: { files: 1, bytes: 128 },
    removed: { files: 1, bytes: 256 },
  });
  assert.deepEqual(reserved(numbers), { files: 10, bytes: 1023 });
  assert.deepEqual(expected(numbers), { files: 8, bytes: 1023 - 128 - 256 });
  assert.deepEqual(obtainable(numbers), { files: 4, bytes: 15 });
});

test("percent are never 100 before all is there, by files and by bytes", () => {
  const percent = (files: number, bytes: number, wholeFiles: number, wholeBytes: number) =>
    percentOf({ files, bytes }, { files: wholeFiles, bytes: wholeBytes });
  assert.equal(percent(10, 100, 11, 100), 99);
  assert.equal(percent(11, 99, 11, 100), 99);
  assert.equal(percent(9999, 1e15 - 1, 10_000, 1e15), 99);
  assert.equal(percent(0, 0, 3, 100), 0);
  assert.equal(percent(1, 0, 2, 0), 50);
  assert.equal(percent(11, 100, 11, 100), 100);
});

test("ready is said only where something can be had, and blocked or failed files never as that", () => {
  const of = (state: string, counts: Record<string, number>) => statusOf(state, files(counts));
  assert.equal(of("draft", {}), "empty");
  assert.equal(of("uploading", { reserved: 283, ready: 19 }), "uploading");
  assert.equal(of("uploading", { cancelled: 3 }), "cancelled");
  assert.equal(of("sealed", { stored: 1, ready: 301 }), "checking");
  assert.equal(of("ready", { stored: 1, ready: 301 }), "checking");
  assert.equal(of("ready", { ready: 2, cancelled: 1, removed: 1 }), "ready");
  assert.equal(of("ready", { ready: 2, infected: 1 }), "partly blocked");
  assert.equal(of("ready", { ready: 2, failed: 1 }), "partly blocked");
  assert.equal(of("ready", { unscannable: 1, failed: 1 }), "blocked");
  assert.equal(of("ready", { failed: 2 }), "failed");
  assert.equal(of("ready", { removed: 2 }), "empty");
  for (const state of ["expired", "deleted"]) assert.equal(of(state, { ready: 2 }), state);
  const words = Object.values(STATUS_LABELS);
  assert.equal(new Set(words).size, words.length);
});

test("numbers are said in few words, and all of them where files stand differently", () => {
  assert.equal(filesInWords(noFiles()), "0 files");
  assert.equal(filesInWords(files({ ready: 1 })), "1 file");
  assert.equal(filesInWords(files({ reserved: 302 })), "302 files");
  assert.equal(filesInWords(files({ ready: 19, reserved: 283 })), "19 of 302 files ready, 283 on their way");
  assert.equal(filesInWords(files({ stored: 2, reserved: 1 })), "3 files, 1 on its way, 2 being checked");
  assert.equal(filesInWords(files({ ready: 10, unscannable: 1 })), "10 of 11 files ready, 1 blocked");
  assert.equal(filesInWords(files({ ready: 10, removed: 1 })), "10 files, 1 taken out");
  assert.equal(deliveredInWords(files({ ready: 1200 })), "1,200 files delivered");
  assert.equal(deliveredInWords(files({ infected: 2 })), "None of 2 files delivered, 2 blocked");
});

test("without a title a transfer has the name of its first file, and how many more there are", () => {
  const name = (title: string, firstPath: string | undefined, files: number) =>
    transferName({ title, firstPath, files });
  assert.equal(name(" Photos ", "a.jpg", 3), "Photos");
  assert.equal(name("", "2026/May/a.jpg", 3), "a.jpg and 2 more");
  assert.equal(name("  ", "a.jpg", 1), "a.jpg");
  assert.equal(name("", "a.jpg", 10_000), "a.jpg and 9,999 more");
  assert.equal(name("", undefined, 0), "Untitled transfer");
  assert.equal(name("", "  ", 1), "Untitled transfer");
});
