import assert from "node:assert/strict";
import { test } from "node:test";
import { announcementOf } from "./announcement.ts";

const files = { total: 3, unfinished: 3, verifying: 0, ready: 0, failed: 0, cancelled: 0, missing: 0 };
const at = (bytesSent: number) => ({ state: "uploading" as const, bytesSent, bytesTotal: 1000, speed: 1, files });

test("a whole upload is told in six sentences, however often it is asked", () => {
  const said = new Set<string>();
  for (let sent = 0; sent <= 1000; sent++) said.add(announcementOf(at(sent), false));
  said.add(announcementOf({ ...at(1000), state: "sealed", files: { ...files, ready: 3 } }, false));
  assert.deepEqual(
    [...said],
    [
      "Sending has begun.",
      "25 percent sent.",
      "50 percent sent.",
      "75 percent sent.",
      "Everything has left. What has arrived is being compared with what you have.",
      "All 3 files have been sent.",
    ],
  );
});

test("what stops it is told before how far it is", () => {
  assert.equal(announcementOf(at(500), true), "Sending is paused.");
  assert.match(announcementOf({ ...at(500), state: "waiting for network" }, false), /network/);
  assert.equal(
    announcementOf({ ...at(500), problem: { code: "NotSignedIn", message: "" } }, false),
    "Sending has stopped.",
  );
});
