import assert from "node:assert/strict";
import { test } from "node:test";
import { describeProgress } from "./describe-progress.ts";

const files = { total: 12, unfinished: 8, verifying: 1, ready: 2, failed: 0, cancelled: 1, missing: 0 };
const upload = {
  state: "uploading" as const,
  bytesSent: 1.2e9,
  bytesTotal: 4e9,
  speed: 98_000_000.4,
  secondsLeft: 28.4,
  files,
};

test("how far, how fast, how long and how many, while it is known", () => {
  assert.equal(describeProgress(upload), "1.2 GB of 4 GB · 98 MB/s · 28 s left · 2 of 11 files");
  const { secondsLeft: _unknown, ...standing } = { ...upload, speed: 0 };
  assert.equal(describeProgress(standing), "1.2 GB of 4 GB · 2 of 11 files");
});

test("a line that hardly moves promises no number that a person can't use", () => {
  const left = (secondsLeft: number) => describeProgress({ ...upload, speed: 1, secondsLeft });
  assert.match(left(9_579_000_000_000_000_000), /· a long time left ·/);
  assert.match(left(8 * 86_400), /· a long time left ·/);
  assert.match(left(Number.POSITIVE_INFINITY), /· a long time left ·/);
  assert.match(left(6 * 86_400 + 7200), /· 6 d 2 h left ·/);
  const stalled = describeProgress({ ...upload, state: "stalled" });
  assert.equal(stalled, "1.2 GB of 4 GB · 2 of 11 files", "no speed and no time while nothing moves");
  assert.equal(describeProgress({ ...upload, speed: 0.3 }), "1.2 GB of 4 GB · 28 s left · 2 of 11 files");
});

test("while paused nothing is promised, and in the end only what was sent is told", () => {
  assert.equal(describeProgress({ ...upload, state: "paused" }), "1.2 GB of 4 GB · 2 of 11 files");
  const sent = {
    ...upload,
    state: "sealed" as const,
    files: { ...files, total: 1, ready: 1, cancelled: 0, missing: 0 },
  };
  assert.equal(describeProgress(sent), "4 GB · 1 of 1 file");
});
