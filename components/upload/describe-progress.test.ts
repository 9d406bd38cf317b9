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

test("while paused nothing is promised, and in the end only what was sent is told", () => {
  assert.equal(describeProgress({ ...upload, state: "paused" }), "1.2 GB of 4 GB · 2 of 11 files");
  const sent = {
    ...upload,
    state: "sealed" as const,
    files: { ...files, total: 1, ready: 1, cancelled: 0, missing: 0 },
  };
  assert.equal(describeProgress(sent), "4 GB · 1 of 1 file");
});
