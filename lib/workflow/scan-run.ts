import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SourceGone } from "#lib/inspection/url-source.ts";
import { findProgram } from "#lib/programs/find-program.ts";
import { SCANS_AT_A_TIME } from "#lib/scanning/clamd-config.ts";
import { contentOf, type Ranges } from "#lib/scanning/content.ts";
import { writeOwnSignatures } from "#lib/scanning/own-signatures.ts";
import { scanContent } from "#lib/scanning/scan-content.ts";
import { Scanner } from "#lib/scanning/scanner.ts";
import { ScannerFailed, ScannerGone, SourceFailed } from "#lib/scanning/scanning.errors.ts";
import { provideSignatures } from "#lib/scanning/signatures.ts";
import { unscannable, type Verdict, WHY } from "#lib/scanning/verdict.ts";
import { watchStep } from "./run-step.ts";
import { ScanResultSender } from "./scan-result-sender.ts";
import type { TaskFile } from "./task.schema.ts";
import { type TaskWatch, unwatched } from "./task.ts";
import type { TaskClient } from "./task-client.ts";
import { taskSource } from "./task-source.ts";

const NO_SCANNER = "There is no virus scanner on this machine: install clamav to have files scanned.";
const NO_SIGNATURES = "The virus scanner has no signatures; they are fetched once a day.";
/** Pauses between attempts to read a file from S3, in milliseconds. */
const READ_PAUSES_MS = [1000, 4000];

type Scanned = "clean" | "infected" | "unscannable" | "unscanned";
export type ScanSummary = Record<Scanned, number>;

/**
 * The work of the scan container. It streams each file of a run from S3, scans it for viruses and computes its SHA-256.
 * It sends each result to the broker at once, so the next try continues where this one ended.
 */
export const scanRun = (
  client: TaskClient,
  watch: TaskWatch = unwatched,
  now: () => Date = () => new Date(),
): Promise<ScanSummary> =>
  watchStep(client, async (progress) => {
    const summary: ScanSummary = { clean: 0, infected: 0, unscannable: 0, unscanned: 0 };
    const notes = new ScanResultSender(client);
    const onFile = (scan: Scanned | undefined) => {
      if (scan) summary[scan] += 1;
      progress.done();
    };
    const program = findProgram("clamd");
    if (!program) {
      if (process.env.DORMOUSE_UNSCANNED !== "deliver") throw new ScannerFailed(NO_SCANNER);
      await passUnscanned(client, notes, onFile);
      return { value: summary, outcome: "skipped", message: NO_SCANNER };
    }
    const folder = mkdtempSync(join(tmpdir(), "dormouse-scan-"));
    try {
      const databases = join(folder, "signatures");
      const { found, says } = await provideSignatures(databases, client.signatures, now(), watch.moved);
      if (!found) throw new ScannerFailed(NO_SIGNATURES);
      writeOwnSignatures(databases);
      const scanner = new Scanner({ program, databases, onSign: watch.moved, signal: watch.signal });
      try {
        await scanFiles({ client, notes, scanner, folder, watch }, onFile);
      } finally {
        await scanner.stop();
      }
      await notes.settled();
      return { value: summary, outcome: "succeeded", ...(says ? { message: says } : {}) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

async function passUnscanned(client: TaskClient, notes: ScanResultSender, onFile: OnFile): Promise<void> {
  for await (const file of client.files()) {
    if (!file.known && !file.skip) notes.add({ ordinal: file.ordinal, found: { scan: "unscanned" } });
    onFile(file.skip ? undefined : (file.known ?? "unscanned"));
  }
  await notes.settled();
}

/** Receives what is known of a scanned file; undefined for a file that was cancelled or has failed. */
type OnFile = (scan: Scanned | undefined) => void;

type Scan = { client: TaskClient; notes: ScanResultSender; scanner: Scanner; folder: string; watch: TaskWatch };

/**
 * Scans several files at a time until the scanner breaks down. From then on it scans one at a time, each of them twice,
 * so that it is known over which file the scanner breaks down, and the others are scanned.
 */
async function scanFiles(scan: Scan, onFile: OnFile): Promise<void> {
  const files = scan.client.files();
  const again: TaskFile[] = [];
  const worker = async () => {
    while (again.length === 0) {
      const { value: file, done } = await files.next();
      if (done) return;
      try {
        onFile(await scanFile(file, scan));
      } catch (error) {
        if (!(error instanceof ScannerGone)) throw error;
        again.push(file);
      }
    }
  };
  await Promise.all(Array.from({ length: SCANS_AT_A_TIME }, worker));
  const alone = async (file: TaskFile) => {
    for (const last of [false, true]) {
      try {
        return onFile(await scanFile(file, scan));
      } catch (error) {
        if (!(error instanceof ScannerGone)) throw error;
        if (last) return onFile(note(file, scan, unscannable(WHY.broke)));
      }
    }
  };
  for (const file of again) await alone(file);
  for await (const file of files) await alone(file);
}

async function scanFile(file: TaskFile, scan: Scan): Promise<Scanned | undefined> {
  const { scanner, folder, watch } = scan;
  watch.signal.throwIfAborted();
  if (file.skip) return undefined;
  if (file.known) return file.known;
  const content = contentOf(rangesOf(file, scan));
  for (let tries = 0; ; tries++) {
    const hash = createHash("sha256");
    let hashed = 0;
    const onBytes = (chunk: Uint8Array) => {
      hash.update(chunk);
      hashed += chunk.length;
    };
    try {
      const verdict = await scanContent(scanner, content, { folder, signal: watch.signal, onBytes });
      // A virus that was found early ended the reading.
      return note(file, scan, verdict, hashed === file.size ? hash.digest("hex") : undefined);
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      if (causeOf(error) instanceof SourceGone) {
        scan.notes.add({ ordinal: file.ordinal, found: "gone" });
        return undefined;
      }
      const pause = READ_PAUSES_MS[tries];
      if (pause === undefined) throw error;
      await delay(pause, undefined, { signal: watch.signal });
    }
  }
}

/** A file in S3. An error while reading it is a SourceFailed, wherever it happens. */
function rangesOf(file: TaskFile, { client }: Scan): Ranges {
  const source = taskSource(client, file);
  const failed = (cause: unknown) => {
    throw new SourceFailed("The file could not be read.", { cause });
  };
  return {
    size: file.size,
    read: (start, end) => source.read(start, end).catch(failed),
    async *stream(start, end, signal) {
      try {
        yield* source.stream(start, end, signal);
      } catch (cause) {
        failed(cause);
      }
    },
  };
}

const causeOf = (error: unknown): unknown => (error instanceof SourceFailed ? causeOf(error.cause) : error);

function note({ ordinal }: TaskFile, { notes }: Scan, found: Verdict, sha256?: string): Scanned {
  notes.add({ ordinal, found, ...(sha256 ? { sha256 } : {}) });
  return found.scan;
}
