import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { problemSentence } from "./problem-sentence.ts";

const SOURCES = [
  "lib/upload-engine/errors.ts",
  "lib/upload-engine/core.ts",
  "lib/upload-engine/protocol.ts",
  "lib/upload-engine/complete-lane.ts",
  "lib/files/file.errors.ts",
  "lib/transfers/transfer.errors.ts",
  "lib/kernel/errors.ts",
  "lib/web/protocol-route.ts",
];
/** Answers to programs that speak the protocol wrongly, which the engine does not; and what uploads never meet. */
const NOT_MET = new Set([
  "NotJson",
  "BodyTooLarge",
  "Unexpected",
  "FileNotReady",
  "TransferChanged",
  "TransferNotDeleted",
  "FilePurged",
  "InfectedNotConfirmed",
  "ScopeMissing",
  "PreconditionFailed",
]);

const codes = SOURCES.flatMap((file) =>
  [
    ...readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").matchAll(
      /(?:super|new VisibleError|new ProtocolError)\(\s*"([A-Z]\w+)"/g,
    ),
  ].map((match) => match[1] ?? ""),
);

test("every error that sending can meet has a sentence of its own", () => {
  assert.ok(codes.length > 20);
  const unknown = codes.filter(
    (code) => !NOT_MET.has(code) && problemSentence({ code, message: "own words" }).startsWith("Something went wrong"),
  );
  assert.deepEqual(unknown, []);
});

test("a program's words are not shown, its code is", () => {
  const sentence = problemSentence({ code: "MalformedXML", message: "The XML you provided was not well-formed" });
  assert.match(sentence, /^Something went wrong .*\(MalformedXML\)/);
});
