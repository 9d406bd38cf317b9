/** Runs inside of the scanner's container: clamd, as the program starts it, finds EICAR's test file. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "#lib/programs/find-program.ts";
import { writeOwnSignatures } from "#lib/scanning/own-signatures.ts";
import { Scanner } from "#lib/scanning/scanner.ts";
import { copyNewer, SYSTEM } from "#lib/scanning/signatures.ts";
import { EICAR, zip } from "#lib/scanning/testing/samples.ts";

const program = findProgram("clamd");
assert.ok(program, "There is no clamd.");
assert.ok(findProgram("freshclam"), "There is no freshclam.");
const databases = mkdtempSync("/tmp/signatures-");
copyNewer(SYSTEM, databases, symlinkSync);
const base = readdirSync(databases);
if (base.length === 0) writeFileSync(join(databases, "test.ndb"), readFileSync(join(SYSTEM, "test.ndb")));
else
  for (const kind of ["main", "daily", "bytecode"])
    assert.ok(
      base.some((name) => name.startsWith(kind)),
      kind,
    );
writeOwnSignatures(databases);

const scanner = new Scanner({ program, databases, signal: new AbortController().signal });
const scan = (bytes: Uint8Array) =>
  scanner.scan(async function* () {
    yield bytes;
  });
for (const bytes of [EICAR, await zip({ "inside.com": EICAR })]) {
  const answer = await scan(bytes);
  assert.ok(answer.scan === "infected" && /eicar/i.test(answer.threat), JSON.stringify(answer));
}
assert.deepEqual(await scan(Buffer.from("nothing bad")), { scan: "clean" });
await scanner.stop();
console.log(
  `clamd finds EICAR's test file, also in a zip, and calls another clean; by ${base.join(", ") || "test.ndb alone, NOT by ClamAV's signatures"}`,
);
