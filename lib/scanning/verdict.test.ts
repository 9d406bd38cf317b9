import assert from "node:assert/strict";
import { test } from "node:test";
import { ScannerFailed } from "./scanning.errors.ts";
import { readAnswer } from "./verdict.ts";

test("clamd's answers become a verdict and a sentence", () => {
  assert.deepEqual(readAnswer("stream: OK"), { scan: "clean" });
  assert.deepEqual(readAnswer("stream: Win.Test.EICAR_HDB-1 FOUND"), {
    scan: "infected",
    threat: "Win.Test.EICAR_HDB-1",
    reason: "A virus was found in this file: Win.Test.EICAR_HDB-1.",
  });
  for (const [answer, why] of [
    ["stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND", /nested too deeply/],
    ["stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND", /unpacks to more/],
    ["stream: Heuristics.Limits.Exceeded.EmailMIMEArguments FOUND", /goes beyond/],
    ["stream: Heuristics.Encrypted.7Zip FOUND", /^encrypted$/],
    ["stream: Heuristics.Unseen.Zip.0.UNOFFICIAL FOUND", /packed in a way/],
    ["INSTREAM size limit exceeded. ERROR", /too large/],
    ["stream: Can't allocate memory ERROR", /could not read/],
  ] as const) {
    const found = readAnswer(answer);
    assert.equal(found.scan, "unseen", answer);
    assert.match("why" in found ? found.why : "", why);
  }
});

test("an error of the scanner itself is no verdict", () => {
  assert.throws(() => readAnswer("INSTREAM: Can't write to temporary file. ERROR"), ScannerFailed);
});
