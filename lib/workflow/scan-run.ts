import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { requireSystem } from "#lib/auth/permissions.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import { ObjectGone, openObject } from "#lib/files/object.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findProgram } from "#lib/programs/find-program.ts";
import { SCANS_AT_A_TIME } from "#lib/scanning/clamd-config.ts";
import { contentOf, type Ranges } from "#lib/scanning/content.ts";
import { lookInto } from "#lib/scanning/look-into.ts";
import { writeMarks } from "#lib/scanning/marks.ts";
import { refreshSignatures } from "#lib/scanning/refresh-signatures.ts";
import { Scanner } from "#lib/scanning/scanner.ts";
import { ScannerFailed, ScannerGone, SourceFailed } from "#lib/scanning/scanning.errors.ts";
import { provideSignatures } from "#lib/scanning/signatures.ts";
import { unscannable, type Verdict, WHY } from "#lib/scanning/verdict.ts";
import { filesOfRun } from "./files-of-run.ts";
import { StepInput } from "./run.schema.ts";
import { getRun, type RunRow } from "./run.store.ts";
import { type Progress, runStep } from "./run-step.ts";
import { type TaskWatch, unwatched } from "./task.ts";

const NO_SCANNER = "There is no virus scanner on this machine: install clamav to have files scanned.";
const GONE = "The bytes of this file are no longer in storage.";
const NO_SIGNATURES = "The virus scanner has no signatures, and none could be fetched.";
/** Reading a file from S3 is tried that often, with pauses between. */
const READ_PAUSES_MS = [1000, 4000];

export type ScanSummary = Record<NonNullable<FileRow["scan"]>, number>;

/**
 * Scans the files of a run for viruses and computes their SHA-256 as they stream from S3. Each file's result is written
 * as soon as it is known, so that another try goes on where this one ended; infected files are closed at once.
 */
export async function scanRun(ctx: Ctx, input: StepInput, watch: TaskWatch = unwatched): Promise<ScanSummary> {
  const grant = requireSystem(ctx);
  const step = { ...StepInput.parse(input), ...grant };
  const run = await getRun(step);
  return await runStep(ctx, step, run.files, async (progress) => {
    const summary: ScanSummary = { clean: 0, infected: 0, unscannable: 0, unscanned: 0 };
    const program = findProgram("clamd");
    if (!program) {
      if (process.env.DORMOUSE_UNSCANNED !== "deliver") throw new ScannerFailed(NO_SCANNER);
      await passUnscanned(run, summary, progress);
      return { value: summary, outcome: "skipped", message: NO_SCANNER };
    }
    const folder = mkdtempSync(join(tmpdir(), "dormouse-scan-"));
    try {
      const databases = join(folder, "signatures");
      const { says } = await requireSignatures(databases, ctx.clock.now(), watch);
      writeMarks(databases);
      const scanner = new Scanner({ program, databases, onSign: watch.moved, signal: watch.signal });
      try {
        await scanFiles(run, { scanner, folder, watch }, (file, scan) => {
          if (scan) summary[scan] += 1;
          progress.done();
          if (scan && scan !== "clean") console.log(`File ${file.ordinal} of ${file.transferId} is ${scan}.`);
        });
      } finally {
        await scanner.stop();
      }
      return { value: summary, outcome: "succeeded", ...(says ? { message: says } : {}) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function requireSignatures(folder: string, now: Date, watch: TaskWatch): Promise<{ says?: string }> {
  const given = await provideSignatures(folder, now, watch.moved);
  if (given.found) return given;
  // A new deployment: the schedule that keeps them has not come by yet.
  await refreshSignatures(undefined, watch.moved).catch((cause: unknown) => {
    throw new ScannerFailed(NO_SIGNATURES, cause);
  });
  const fetched = await provideSignatures(folder, now, watch.moved);
  if (!fetched.found) throw new ScannerFailed(NO_SIGNATURES);
  return fetched;
}

async function passUnscanned(run: RunRow, summary: ScanSummary, progress: Progress): Promise<void> {
  for await (const file of filesOfRun(run)) {
    if (!file.scan) await noteFile(file, { scan: "unscanned" });
    summary[file.scan ?? "unscanned"] += 1;
    progress.done();
  }
}

/** What is known of a file now; nothing of one that was cancelled or has failed. */
type Scanned = FileRow["scan"];
type OnFile = (file: FileRow, scan: Scanned) => void;

type Scan = { scanner: Scanner; folder: string; watch: TaskWatch };

/**
 * Several files at a time, until the scanner breaks down; from then on one at a time, each of them twice, so that it
 * shows which file it breaks down over, and the others are scanned.
 */
async function scanFiles(run: RunRow, scan: Scan, onFile: OnFile): Promise<void> {
  const files = filesOfRun(run);
  const again: FileRow[] = [];
  const worker = async () => {
    while (again.length === 0) {
      const { value: file, done } = await files.next();
      if (done) return;
      try {
        onFile(file, await scanFile(file, scan));
      } catch (error) {
        if (!(error instanceof ScannerGone)) throw error;
        again.push(file);
      }
    }
  };
  await Promise.all(Array.from({ length: SCANS_AT_A_TIME }, worker));
  const alone = async (file: FileRow) => {
    for (const last of [false, true]) {
      try {
        return onFile(file, await scanFile(file, scan));
      } catch (error) {
        if (!(error instanceof ScannerGone)) throw error;
        if (last) return onFile(file, await note(file, unscannable(WHY.broke)));
      }
    }
  };
  for (const file of again) await alone(file);
  for await (const file of files) await alone(file);
}

async function scanFile(file: FileRow, { scanner, folder, watch }: Scan): Promise<Scanned> {
  watch.signal.throwIfAborted();
  if (file.state === "cancelled" || file.state === "failed") return undefined;
  // In an earlier try, or by an earlier run; what was not scanned for want of a scanner is scanned now.
  if (file.scan && file.scan !== "unscanned") return file.scan;
  const content = contentOf(rangesOf(file));
  for (let tries = 0; ; tries++) {
    const hash = createHash("sha256");
    let hashed = 0;
    const onBytes = (chunk: Uint8Array) => {
      hash.update(chunk);
      hashed += chunk.length;
    };
    try {
      const verdict = await lookInto(scanner, content, { folder, signal: watch.signal, onBytes });
      // What was found early ended the reading.
      return await note(file, verdict, hashed === file.size ? hash.digest("hex") : undefined);
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      if (causeOf(error) instanceof ObjectGone) {
        await noteFile(file, { state: "failed", notice: GONE });
        return undefined;
      }
      const pause = READ_PAUSES_MS[tries];
      if (pause === undefined) throw error;
      await delay(pause, undefined, { signal: watch.signal });
    }
  }
}

/** A file at S3. What fails while it is read is told as such, wherever it happens. */
function rangesOf(file: FileRow): Ranges {
  const object = openObject(file);
  const failed = (cause: unknown) => {
    throw new SourceFailed("The file could not be read.", { cause });
  };
  return {
    size: file.size,
    read: (start, end) => object.read(start, end).catch(failed),
    async *stream(start, end, signal) {
      try {
        yield* object.stream(signal, { start, end });
      } catch (cause) {
        failed(cause);
      }
    },
  };
}

const causeOf = (error: unknown): unknown => (error instanceof SourceFailed ? causeOf(error.cause) : error);

async function note(file: FileRow, verdict: Verdict, sha256?: string): Promise<Verdict["scan"]> {
  await noteFile(file, {
    scan: verdict.scan,
    ...(sha256 ? { sha256 } : {}),
    ...(verdict.scan === "clean" && verdict.inParts ? { scanInParts: true } : {}),
    ...(verdict.scan === "unscannable" ? { scanProblem: verdict.why } : {}),
    // Where files open before their scan, this one must close now and not when the last is scanned.
    ...(verdict.scan === "infected"
      ? { state: "infected" as const, threat: verdict.threat, notice: verdict.reason }
      : {}),
  });
  return verdict.scan;
}
