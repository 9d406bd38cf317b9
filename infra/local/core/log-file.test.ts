import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../testing/temporary.ts";
import { openLogFile } from "./log-file.ts";
import { redact } from "./redact.ts";

test("tokens of links and signatures of URLs are not written to a log", () => {
  const lines = {
    "GET /t/abc-DEF_1 200": "GET /t/… 200",
    "/t/abc/files/1?x=1": "/t/…/files/1?x=1",
    '"http://localhost:3000/welcome/n-1-sig"': '"http://localhost:3000/welcome/…"',
    "/r/secret,": "/r/…",
    "/transfers/abc": "/transfers/abc",
    "?X-Amz-Security-Token=IQoJ%2F&X-Amz-Signature=0123&x-id=PutObject":
      "?X-Amz-Security-Token=…&X-Amz-Signature=…&x-id=PutObject",
  };
  for (const [line, expected] of Object.entries(lines)) assert.equal(redact(line), expected);
});

test("a log keeps whole lines and is rotated before it grows over 8 MB", (t) => {
  const file = join(temporaryDirectory(t), "logs", "web.log");
  const log = openLogFile(file);
  const line = "x".repeat(1024 * 1024);
  for (let count = 0; count < 9; count += 1) log("stdout", line);
  assert.equal(readFileSync(file, "utf8").split("\n").length - 1, 2);
  assert.equal(readFileSync(`${file}.1`, "utf8").split("\n").length - 1, 7);
  log("stderr", "/t/secret");
  assert.match(readFileSync(file, "utf8"), /\d{4}-\d\d-\d\dT\S+ stderr \/t\/…\n$/);
  assert.ok(existsSync(file));
});
