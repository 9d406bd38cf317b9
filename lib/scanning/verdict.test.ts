import assert from "node:assert/strict";
import { test } from "node:test";
import { ScannerFailed } from "./scanning.errors.ts";
import { isTooLarge, readVerdict } from "./verdict.ts";

test("clamd's words become a verdict and a sentence", () => {
  assert.deepEqual(readVerdict("stream: OK"), { scan: "clean" });
  assert.deepEqual(readVerdict("stream: Win.Test.EICAR_HDB-1 FOUND"), {
    scan: "infected",
    threat: "Win.Test.EICAR_HDB-1",
    reason: "A virus was found in this file: Win.Test.EICAR_HDB-1.",
  });
  for (const [answer, reason] of [
    ["stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND", /nested too deeply/],
    ["stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND", /unpacks to more/],
    ["stream: Heuristics.Limits.Exceeded.EmailMIMEArguments FOUND", /goes beyond/],
    ["INSTREAM size limit exceeded. ERROR", /2 GiB/],
    ["stream: Can't allocate memory ERROR", /could not read/],
  ] as const) {
    const verdict = readVerdict(answer);
    assert.equal(verdict.scan, "unscannable", answer);
    assert.match("reason" in verdict ? verdict.reason : "", reason);
  }
});

test("the scanner's own trouble is no verdict", () => {
  assert.throws(() => readVerdict("INSTREAM: Can't write to temporary file. ERROR"), ScannerFailed);
});

test("a file may have two bytes less than what 31 bits count", () => {
  assert.equal(isTooLarge(2 ** 31 - 3), false);
  assert.equal(isTooLarge(2 ** 31 - 2), true);
});
