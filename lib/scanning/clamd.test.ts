import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "#lib/programs/find-program.ts";
import { Clamd, type ClamdOptions } from "./clamd.ts";
import { ScannerFailed, ScannerGone, SourceFailed } from "./scanning.errors.ts";
import { EICAR, TEST_SIGNATURES } from "./testing/samples.ts";

const forever = new AbortController().signal;
const of = (...chunks: Uint8Array[]) =>
  async function* () {
    yield* chunks;
  };

async function start(t: TestContext, options: Partial<ClamdOptions> = {}): Promise<Clamd> {
  const databases = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  cpSync(TEST_SIGNATURES, join(databases, "test.ndb"));
  t.after(() => rmSync(databases, { recursive: true }));
  const program = findProgram("clamd");
  assert.ok(program, "clamd is not installed.");
  const clamd = await Clamd.start({ program, databases, ...options });
  t.after(() => clamd.stop());
  return clamd;
}

test("clamd answers for streams with chunks of any size, also for an empty stream", async (t) => {
  const clamd = await start(t);
  assert.equal(await clamd.scan(of(EICAR), forever), "stream: Eicar-Test-Signature.UNOFFICIAL FOUND");
  assert.equal(
    await clamd.scan(of(EICAR.subarray(0, 7), Buffer.alloc(0), EICAR.subarray(7)), forever),
    "stream: Eicar-Test-Signature.UNOFFICIAL FOUND",
  );
  assert.equal(await clamd.scan(of(), forever), "stream: OK");
  const many = Array.from({ length: 64 }, () => Buffer.alloc(1024 ** 2, "a"));
  assert.equal(await clamd.scan(of(...many), forever), "stream: OK");
});

test("a stopped clamd leaves neither a process nor a folder", async (t) => {
  const clamd = await start(t);
  const { pid } = clamd;
  const config = /--config-file=([^\0]*)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? "";
  const folder = resolve(config, "../..");
  assert.match(folder, /dormouse-clamd-\w+$/);
  assert.ok(existsSync(folder));
  await clamd.stop();
  assert.ok(!existsSync(`/proc/${pid}`));
  assert.ok(!existsSync(folder));
});

test("a clamd that ends in the middle of a file throws ScannerGone", async (t) => {
  const clamd = await start(t);
  async function* source() {
    yield Buffer.alloc(1024);
    process.kill(clamd.pid ?? 0, "SIGKILL");
    for (;;) yield Buffer.alloc(64 * 1024);
  }
  await assert.rejects(clamd.scan(source, forever), ScannerGone);
  assert.equal(clamd.gone, true);
  await assert.rejects(clamd.scan(of(EICAR), forever), ScannerGone);
});

test("a clamd that hangs is detected because it makes no progress, and ended", async (t) => {
  const clamd = await start(t, { stillMs: 1000 });
  process.kill(clamd.pid ?? 0, "SIGSTOP");
  await assert.rejects(clamd.scan(of(EICAR), forever), ScannerGone);
  assert.equal(clamd.gone, true);
});

test("a file whose bytes do not arrive is not clamd's fault", async (t) => {
  const clamd = await start(t, { stillMs: 500 });
  async function* source(signal: AbortSignal) {
    yield Buffer.from("the beginning");
    await delay(60_000, undefined, { signal });
  }
  await assert.rejects(clamd.scan(source, forever), SourceFailed);
  assert.equal(clamd.gone, false);
  assert.equal(await clamd.scan(of(Buffer.from("another")), forever), "stream: OK");
});

test("an error while the file is read is passed on with its cause", async (t) => {
  const clamd = await start(t);
  const cause = new Error("reset by peer");
  // biome-ignore lint/correctness/useYield: it fails before its first byte.
  async function* source(): AsyncGenerator<Uint8Array> {
    throw cause;
  }
  await assert.rejects(clamd.scan(source, forever), (error) => error instanceof SourceFailed && error.cause === cause);
});

test("aborting ends a scan at once", async (t) => {
  const clamd = await start(t);
  const stop = new AbortController();
  async function* source(signal: AbortSignal) {
    yield Buffer.from("a");
    stop.abort(new Error("enough"));
    await delay(60_000, undefined, { signal });
  }
  await assert.rejects(clamd.scan(source, stop.signal), /enough/);
  assert.equal(clamd.gone, false);
});

test("without signatures, or without the program, clamd does not start", async (t) => {
  const databases = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  t.after(() => rmSync(databases, { recursive: true }));
  await assert.rejects(start(t, { databases }), ScannerFailed);
  await assert.rejects(start(t, { program: "/nowhere/clamd" }), ScannerFailed);
});
