/** Scans with a real clamd, small windows, and a signature that matches anywhere. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { tarHeader } from "#lib/inspection/testing/tars.ts";
import { findProgram } from "#lib/programs/find-program.ts";
import { seededBytes } from "#lib/testing/send.ts";
import { contentOf } from "./content.ts";
import { writeOwnSignatures } from "./own-signatures.ts";
import { scanContent } from "./scan-content.ts";
import type { ScanLimits } from "./scan-limits.ts";
import { Scanner } from "./scanner.ts";
import { makeZip, nestedZip, tar, tgz, zip } from "./testing/samples.ts";
import { type Verdict, WHY } from "./verdict.ts";

const forever = new AbortController().signal;
/** 40 bytes, so that a window can end within them. */
const PLANTED = Buffer.from("a-planted-phrase-of-exactly-forty-bytes!");
const FOUND = { scan: "infected", threat: "Dormouse.Test.Planted" };
const PARTS = { scan: "clean", inParts: true };
const KIB = 1024;

let scanner: Scanner;
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  const databases = join(folder, "databases");
  mkdirSync(databases);
  writeFileSync(join(databases, "planted.ndb"), `Dormouse.Test.Planted:0:*:${PLANTED.toString("hex")}\n`);
  writeOwnSignatures(databases);
  const program = findProgram("clamd");
  assert.ok(program, "clamd is not installed.");
  scanner = new Scanner({ program, databases, signal: forever });
});
after(async () => {
  await scanner.stop();
  rmSync(folder, { recursive: true });
});

async function look(bytes: Uint8Array, limits: Partial<ScanLimits> = {}): Promise<Partial<Verdict>> {
  const content = contentOf({
    size: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
    async *stream(start, end) {
      for (let at = start; at < end; at += 4 * KIB) yield bytes.subarray(at, Math.min(end, at + 4 * KIB));
    },
  });
  const verdict = await scanContent(scanner, content, { folder, signal: forever, limits });
  if (verdict.scan !== "infected") return verdict;
  const { reason: _reason, ...rest } = verdict;
  return rest;
}

const small = { windowBytes: 64 * KIB, overlapBytes: 4 * KIB };
/** Bytes that no signature matches. */
const noise = (name: string, kib: number) => Buffer.from(seededBytes(name, kib * KIB));

function planted(at: number): Buffer {
  const bytes = noise("large", 300);
  PLANTED.copy(bytes, at);
  return bytes;
}

test("in windows a signature is found at the start, at the end, and across every window's end", async () => {
  const step = small.windowBytes - small.overlapBytes;
  for (const at of [
    0,
    300 * KIB - 40,
    64 * KIB - 20,
    64 * KIB - 1,
    64 * KIB - 39,
    step - 20,
    step + 64 * KIB - 17,
    4 * step + 5,
  ])
    assert.deepEqual(await look(planted(at), small), FOUND, `at ${at}`);
  assert.deepEqual(await look(noise("large", 300), small), PARTS);
  assert.deepEqual(
    await look(noise("large", 64), small),
    { scan: "clean" },
    "what fits in a window is scanned as a whole",
  );
});

test("a zip larger than a window is scanned entry by entry, and each entry in windows", async () => {
  const of = (second: Buffer, options = {}) =>
    makeZip([
      { name: "first.bin", bytes: noise("first", 200) },
      { name: "second.bin", bytes: second, ...options },
    ]);
  for (const method of [0, 8] as const) {
    assert.deepEqual(await look(of(planted(300 * KIB - 40), { method }), small), FOUND, `method ${method}`);
    assert.deepEqual(await look(of(noise("second", 300), { method }), small), PARTS);
  }
  // Compressed, its bytes match no signature.
  const text = Buffer.concat([Buffer.alloc(200 * KIB, "packed well "), PLANTED]);
  assert.deepEqual(await look(of(text, { method: 8 }), small), FOUND);
  assert.deepEqual(await look(of(text, { method: 8, encrypted: true }), small), {
    scan: "unscannable",
    why: "encrypted",
  });
});

test("zips that clamd does not open are scanned entry by entry: sizes after the data, zip64, LZMA, Zstandard", async () => {
  const entry = { name: "a.txt", bytes: PLANTED };
  const clean = { name: "a.txt", bytes: Buffer.from("nothing in it, again and again and again and again") };
  for (const options of [
    { zip64: true },
    { descriptor: true },
    { zip64: true, descriptor: true },
    { zip64: true, descriptor: true, version: 20 },
  ]) {
    for (const method of [0, 8] as const) {
      const named = JSON.stringify({ ...options, method });
      assert.deepEqual(
        await look(
          makeZip([
            { ...clean, method },
            { ...entry, method, ...options },
          ]),
        ),
        FOUND,
        named,
      );
      const { scan } = await look(makeZip([clean, { ...clean, method, ...options }]));
      assert.equal(scan, "clean", named);
    }
  }
  const zstd = makeZip([{ ...entry, method: 93, packed: zstdCompressSync(PLANTED) }]);
  assert.deepEqual(await look(zstd), FOUND);
  const lzma = makeZip([{ ...entry, method: 14, packed: noise("lzma", 1) }]);
  assert.deepEqual(await look(lzma), { scan: "unscannable", why: WHY.packed });
});

test("the same inside other archives: a zip, a tar, a compressed tar, Zstandard, gzip, seven levels deep", async () => {
  const unseen = makeZip([
    { name: "a.txt", bytes: Buffer.concat([Buffer.alloc(KIB, "x"), PLANTED]), method: 8, zip64: true },
  ]);
  const inside: [string, Buffer][] = [
    ["zip", await zip({ "inner.zip": unseen })],
    ["packed zip", makeZip([{ name: "inner.zip", bytes: unseen, method: 8 }])],
    ["tar", await tar({ "b.txt": Buffer.from("b"), "inner.zip": unseen })],
    ["tgz", await tgz({ "b.txt": Buffer.from("b"), "inner.zip": unseen })],
    ["gzip", gzipSync(unseen)],
    ["zstd", zstdCompressSync(unseen)],
    ["zstd of a tar", zstdCompressSync(await tar({ "inner.zip": unseen }))],
    ["a program before it", Buffer.concat([Buffer.from("MZ"), noise("stub", 20), unseen])],
    ["seven deep", await nestedZip(6, unseen)],
  ];
  for (const [name, bytes] of inside) assert.deepEqual(await look(bytes), FOUND, name);
});

test("encrypted content is not clean, and a virus beside it is found", async () => {
  const locked = { name: "locked.txt", bytes: Buffer.from("secret"), encrypted: true };
  const encrypted = { scan: "unscannable", why: "encrypted" };
  assert.deepEqual(await look(makeZip([locked])), encrypted);
  assert.deepEqual(await look(makeZip([{ ...locked, zip64: true }])), encrypted);
  assert.deepEqual(await look(await zip({ "inner.zip": makeZip([locked]) })), encrypted);
  assert.deepEqual(await look(makeZip([locked, { name: "b", bytes: PLANTED, method: 8, zip64: true }])), FOUND);
  assert.deepEqual(await look(Buffer.from("age-encryption.org/v1\n-> X25519 abc")), encrypted);
  assert.deepEqual(await look(Buffer.from("-----BEGIN PGP MESSAGE-----\n\nabc")), encrypted);
});

test("archives that are damaged, or that hide entries, are not clean", async () => {
  const whole = makeZip([
    { name: "a", bytes: noise("a", 1), zip64: true },
    { name: "b", bytes: Buffer.from("b"), zip64: true },
  ]);
  const cut = await look(whole.subarray(0, -30));
  assert.deepEqual(cut, { scan: "unscannable", why: WHY.damaged });
  const hidden = makeZip([
    { name: "a", bytes: noise("a", 1), zip64: true },
    { name: "b", bytes: noise("b", 1), zip64: true, unlisted: true },
  ]);
  assert.deepEqual(await look(hidden), { scan: "unscannable", why: WHY.unlisted });
  const lying = makeZip([{ name: "a", bytes: noise("a", 2), method: 8, zip64: true, size: 100 }]);
  assert.deepEqual(await look(lying), { scan: "unscannable", why: WHY.damaged });
  const broken = gzipSync(noise("gz", 200)).subarray(0, 150 * KIB);
  assert.deepEqual(await look(broken, small), { scan: "unscannable", why: WHY.damaged });
});

test("limits: entries, depth, ratio and time", async () => {
  const three = makeZip([1, 2, 3].map((name) => ({ name: `${name}`, bytes: noise(`${name}`, 1), zip64: true })));
  assert.deepEqual(await look(three, { entries: 2 }), { scan: "unscannable", why: WHY.many });
  assert.equal((await look(three, { entries: 3 })).scan, "clean");
  const deep = await nestedZip(3, makeZip([{ name: "a", bytes: Buffer.from("a"), zip64: true }]));
  assert.deepEqual(await look(deep, { depth: 2 }), { scan: "unscannable", why: WHY.deep });
  const bomb = makeZip([{ name: "a", bytes: Buffer.alloc(4096 * KIB), method: 8, zip64: true }]);
  assert.deepEqual(await look(bomb, { freeBytes: KIB, ratio: 10 }), { scan: "unscannable", why: WHY.bomb });
  assert.equal((await look(bomb)).scan, "clean");
  assert.deepEqual(await look(noise("slow", 2048), { seconds: 0, bytesPerSecond: 1e12 }), {
    scan: "unscannable",
    why: WHY.slow,
  });
});

test("tars larger than a window: plain, and compressed with an entry that is larger than the free disk space allows", async () => {
  const files = { "a.bin": noise("a", 100), "b.txt": Buffer.concat([Buffer.alloc(100 * KIB, "b"), PLANTED]) };
  const packed = { "a.bin": noise("a", 100), "b.zip": makeZip([{ name: "b", bytes: files["b.txt"], method: 8 }]) };
  const clean = { "a.bin": noise("a", 100), "b.bin": noise("b", 100) };
  for (const [name, make] of [
    ["tar", tar],
    ["tgz", tgz],
  ] as const) {
    assert.deepEqual(await look(await make(files), small), FOUND, name);
    assert.deepEqual(await look(await make(packed), small), FOUND, name);
    assert.deepEqual(await look(await make(clean), small), PARTS, name);
  }
  assert.deepEqual(await look(await tgz(clean), { ...small, spoolBytes: 10 * KIB }), PARTS);
  const large = await tgz({ "a.bin": noise("a", 100), "b.zip": makeZip([{ name: "b", bytes: noise("z", 100) }]) });
  assert.deepEqual(await look(large, { ...small, spoolBytes: 10 * KIB }), {
    scan: "unscannable",
    why: WHY.nestedLarge,
  });
});

test("archives that our readers can't open are not clean unless clamd scanned them whole", async () => {
  const sevenZip = Buffer.concat([Buffer.from("377abcaf271c0004", "hex"), noise("7z", 200)]);
  assert.deepEqual(await look(sevenZip, { ...small, unopenedBytes: 100 * KIB }), {
    scan: "unscannable",
    why: WHY.large,
  });
  // Larger than a window, but not too large for clamd: it is not split.
  assert.deepEqual(await look(sevenZip, small), { scan: "clean" });
});

test("10,000 empty entries take seconds, and are reported as scanned in parts", async () => {
  const entries = Array.from({ length: 10_000 }, (_, index) => ({ name: `${index}`, bytes: Buffer.alloc(0) }));
  const clean = await look(makeZip(entries), { seconds: 20 });
  assert.deepEqual(clean, PARTS);
  assert.deepEqual(await look(makeZip([...entries, { name: "last", bytes: PLANTED, method: 8 }])), FOUND);
});

test("archives written by zip and Python are read", async (t) => {
  const at = mkdtempSync(join(folder, "written-"));
  writeFileSync(join(at, "a.txt"), Buffer.concat([PLANTED, Buffer.alloc(KIB, "a")]));
  const written: [string, string][] = [
    ["zip", "cat a.txt | zip -q piped.zip - && cat piped.zip"],
    ["zip", "zip -q -fz forced.zip a.txt && cat forced.zip"],
    ["zip", "zip -q -Z bzip2 -fz packed.zip a.txt && cat packed.zip"],
    [
      "python3",
      `python3 -c "import sys,zipfile
z=zipfile.ZipFile(sys.stdout.buffer,'w',8)
with z.open('a','w',force_zip64=True) as f: f.write(open('a.txt','rb').read())
z.close()"`,
    ],
  ];
  for (const [program, command] of written) {
    if (!findProgram(program)) t.diagnostic(`There is no ${program} on this machine.`);
    else assert.deepEqual(await look(execFileSync("sh", ["-c", command], { cwd: at })), FOUND, command);
  }
});

test("a compressed tar with a wrong header length is damaged, and no fault of ours", async () => {
  const record = "30 size=nine hundred thousand\n";
  const wrong = Buffer.concat([tarHeader("x", record.length, "x"), Buffer.alloc(512, 0), tarHeader("a", 0)]);
  wrong.write(record, 512);
  for (const bytes of [tarHeader("x", 5 * KIB ** 2, "x"), wrong])
    assert.deepEqual(await look(gzipSync(Buffer.concat([bytes, noise("tar", 100)])), small), {
      ...{ scan: "unscannable", why: WHY.damaged },
    });
});

test("a compressed tar with an invalid size of an entry is damaged, and not waited for", async () => {
  const header = Buffer.from(tarHeader("a", 100));
  // The mark of a binary number, but with a bit too many.
  header[124] = 0xc0;
  header.write("        ", 148);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const verdict = await look(gzipSync(Buffer.concat([header, noise("tar", 100)])), small);
  assert.deepEqual(verdict, { scan: "unscannable", why: WHY.damaged });
});

test("if no bytes arrive while a compressed tar is read, the scan ends at the file's deadline", async () => {
  const bytes = await tgz({ a: noise("still", 200) });
  let opened = 0;
  const content = contentOf({
    size: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
    async *stream(start, end) {
      // First as it is, then unpacked, then entry by entry.
      if (++opened === 3) await new Promise(() => undefined);
      yield bytes.subarray(start, end);
    },
  });
  const verdict = await scanContent(scanner, content, { folder, signal: forever, limits: { ...small, seconds: 3 } });
  assert.deepEqual([verdict, opened], [{ scan: "unscannable", why: WHY.slow }, 3]);
});
