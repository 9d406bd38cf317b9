/**
 * Scans sparse files with the limits of the product and a signature that matches anywhere: one of 5 GiB clean, then with
 * it at the end and across the border of two windows, and a zip of 3 GiB with it in its second entry. Fails where one is
 * not told right.
 *   --size 5   (GiB)
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CommandError } from "#infra/local/core/command-error.ts";
import { findProgram } from "#lib/programs/find-program.ts";
import { contentOf, diskRanges } from "#lib/scanning/content.ts";
import { writeOwnSignatures } from "#lib/scanning/own-signatures.ts";
import { scanContent } from "#lib/scanning/scan-content.ts";
import { scanLimits } from "#lib/scanning/scan-limits.ts";
import { Scanner } from "#lib/scanning/scanner.ts";
import { makeZip } from "#lib/scanning/testing/samples.ts";
import type { Bench } from "./main.ts";

const GIB = 1024 ** 3;
const PLANTED = Buffer.from("a-planted-phrase-of-exactly-forty-bytes!");
const { signal } = new AbortController();

/** A file of zeros with some bytes at their places. */
async function sparse(path: string, size: number, pieces: [at: number, bytes: Uint8Array][]): Promise<void> {
  writeFileSync(path, "");
  await truncate(path, size);
  const file = await open(path, "r+");
  try {
    for (const [at, bytes] of pieces) await file.write(bytes, 0, bytes.length, at);
  } finally {
    await file.close();
  }
}

/** Two stored entries, the first of which is all zeros: what lies around them is written, and the zeros are not. */
async function sparseZip(path: string, firstBytes: number): Promise<number> {
  const second = makeZip([{ name: "second.txt", bytes: PLANTED, method: 8, zip64: true, descriptor: true }]);
  const first = makeZip([{ name: "first.bin", bytes: new Uint8Array(), zip64: false }]);
  const [local, directory, packed] = [first.subarray(0, 39), first.subarray(39, 39 + 55), second];
  const sized = (header: Buffer, at: number) => {
    const copy = Buffer.from(header);
    copy.writeUInt32LE(firstBytes, at);
    copy.writeUInt32LE(firstBytes, at + 4);
    return copy;
  };
  const listedAt = packed.lastIndexOf(Buffer.from("PK\u0001\u0002", "latin1"));
  const endAt = packed.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  const [entry, listed] = [packed.subarray(0, listedAt), Buffer.from(packed.subarray(listedAt, endAt))];
  const secondAt = local.length + firstBytes;
  listed.writeUInt32LE(secondAt, 42);
  const end = Buffer.from(packed.subarray(endAt));
  const listing = Buffer.concat([sized(directory, 20), listed]);
  end.writeUInt16LE(2, 8);
  end.writeUInt16LE(2, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(secondAt + entry.length, 16);
  const behind = Buffer.concat([entry, listing, end]);
  await sparse(path, secondAt + behind.length, [
    [0, sized(local, 18)],
    [secondAt, behind],
  ]);
  return secondAt + behind.length;
}

async function run(words: string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({ args: words, options: { size: { type: "string", default: "5" } } });
  const size = Number(values.size) * GIB;
  const program = findProgram("clamd");
  if (!program) throw new CommandError("This bench needs ClamAV: apt install clamav-daemon.");
  const folder = mkdtempSync(join(tmpdir(), "dormouse-bench-"));
  const databases = join(folder, "databases");
  mkdirSync(databases);
  writeFileSync(join(databases, "planted.ndb"), `Dormouse.Test.Planted:0:*:${PLANTED.toString("hex")}\n`);
  writeOwnSignatures(databases);
  const scanner = new Scanner({ program, databases, signal });
  const path = join(folder, "file");
  const border = scanLimits.windowBytes - 20;
  const results: Record<string, unknown> = {};
  const scan = async (name: string, bytes: number, expected: string) => {
    const from = performance.now();
    const verdict = await scanContent(scanner, contentOf(diskRanges(path, bytes)), { folder, signal });
    const seconds = (performance.now() - from) / 1000;
    console.log(`${name}: ${JSON.stringify(verdict)} in ${seconds.toFixed(1)} s`);
    if (verdict.scan !== expected) throw new CommandError(`${name} should have been ${expected}.`);
    results[name] = { seconds, verdict };
  };
  try {
    await scanner.running();
    await sparse(path, size, []);
    await scan("clean", size, "clean");
    await sparse(path, size, [[size - PLANTED.length, PLANTED]]);
    await scan("at the end", size, "infected");
    await sparse(path, size, [[border, PLANTED]]);
    await scan("across a border", size, "infected");
    await scan("in the second entry of a zip of 3 GiB", await sparseZip(path, 3 * GIB), "infected");
    return results;
  } finally {
    await scanner.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export default { about: "scanning sparse files of gigabytes, with a planted signature", run } satisfies Bench;
