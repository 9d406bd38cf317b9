import { requireSystem } from "#lib/auth/permissions.ts";
import { type FileRow, findFileRows, noteFile } from "#lib/files/file.store.ts";
import { presignSource } from "#lib/files/presign-source.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isTranscoded } from "#lib/kernel/file-kind.ts";
import { isGone, isInRun } from "#lib/kernel/file-states.ts";
import { ordinalsIn } from "#lib/kernel/ordinals.ts";
import { presignSignatures } from "#lib/scanning/presign-signatures.ts";
import { getRun, type RunRow } from "./run.store.ts";
import { serveVideo } from "./serve-video.ts";
import { beginStep, endStep, stepAt, stepProgress } from "./step.store.ts";
import {
  FILES_A_CALL,
  type ScanResult,
  type TaskAnswers,
  type TaskFile,
  type TaskRef,
  TaskRequest,
} from "./task.schema.ts";
import { isTicketOf } from "./task-ticket.ts";
import { NotYourFile, RunEnded, TicketRefused } from "./workflow.errors.ts";

const GONE = "The bytes of this file are no longer in storage.";

/**
 * The broker: it does for a container what the container has no right to do. It signs URLs of the task's files and
 * writes the results. An attacker in a container can send false results for these files, and reach nothing else. Throws
 * TicketRefused when the ticket is not for this task.
 */
export async function serveTask(ctx: Ctx, input: TaskRequest): Promise<TaskAnswers[keyof TaskAnswers]> {
  const grant = requireSystem(ctx);
  const { task: named, ticket, call } = TaskRequest.parse(input);
  const task = { ...named, ...grant };
  const run = await getRun(task);
  if (!isTicketOf(run, task, ticket)) throw new TicketRefused();
  if (run.state !== "running") throw new RunEnded();
  if ("ordinal" in call) requireOwn(run, task, [call.ordinal]);
  switch (call.do) {
    case "begin":
      return { ...(await beginStep(task, ctx.clock.now())), total: totalOf(run, task), ...(await signaturesFor(task)) };
    case "progress":
      await stepProgress(task, call);
      return null;
    case "at":
      await stepAt(task, call.ordinal);
      return null;
    case "end":
      await endStep(task, call, ctx.clock.now());
      return null;
    case "files":
      return await filesFrom(run, task, call.from);
    case "url":
      return await urlOf(await fileOf(run, call.ordinal));
    case "scanned":
      await noteScans(run, task, call.results);
      return null;
    default:
      if (isScan(task)) throw new NotYourFile();
      return await serveVideo(await fileOf(run, call.ordinal), call);
  }
}

const isScan = ({ batch }: TaskRef): boolean => batch === undefined;

/** The files of a task: for a scan all files of its run, otherwise those of its batch. */
const ordinalsOf = (run: RunRow, { batch }: TaskRef): number[] => [
  ...ordinalsIn(batch === undefined ? run.ordinals : (run.batches?.[batch]?.ordinals ?? "")),
];
const totalOf = (run: RunRow, task: TaskRef): number => (isScan(task) ? run.files : ordinalsOf(run, task).length);

function requireOwn(run: RunRow, task: TaskRef, ordinals: number[]): void {
  const own = new Set(ordinalsOf(run, task));
  if (!ordinals.every((ordinal) => own.has(ordinal))) throw new NotYourFile();
}

const signaturesFor = async (task: TaskRef) => ({ signatures: isScan(task) ? await presignSignatures() : [] });

const rowsOf = ({ workspaceId, transferId }: RunRow, ordinals: number[]): Promise<FileRow[]> =>
  findFileRows({ workspaceId, id: transferId }, ordinals);

async function fileOf(run: RunRow, ordinal: number): Promise<FileRow> {
  const [file] = await rowsOf(run, [ordinal]);
  if (!file) throw new NotYourFile();
  return file;
}

async function filesFrom(run: RunRow, task: TaskRef, from: number): Promise<TaskAnswers["files"]> {
  const left = ordinalsOf(run, task).filter((ordinal) => ordinal >= from);
  const page = left.slice(0, FILES_A_CALL);
  const next = left[FILES_A_CALL];
  const describe = isScan(task) ? scanOf : transcodeOf;
  const files = await Promise.all((await rowsOf(run, page)).map(describe));
  return { files, ...(next === undefined ? {} : { next }) };
}

const wordsOf = (file: FileRow): TaskFile => ({
  ...{ ordinal: file.ordinal, size: file.size, type: file.detectedType ?? file.type },
  ...(file.notice ? { noticed: true as const } : {}),
});

const urlOf = async (file: FileRow): Promise<TaskAnswers["url"]> =>
  isGone(file.state) ? null : { url: await presignSource(file) };

/** A file that was scanned before is not scanned again, except one that was delivered unscanned. */
async function scanOf(file: FileRow): Promise<TaskFile> {
  if (isGone(file.state)) return { ...wordsOf(file), skip: true };
  if (file.scan && file.scan !== "unscanned") return { ...wordsOf(file), known: file.scan };
  return { ...wordsOf(file), url: await presignSource(file) };
}

/** The poster is written last, so a video with a poster is finished. */
async function transcodeOf(file: FileRow): Promise<TaskFile> {
  const waits =
    isTranscoded(file.kind) && isInRun(file.state) && !file.renditions?.some(({ name }) => name === "poster.webp");
  return waits ? { ...wordsOf(file), url: await presignSource(file) } : { ...wordsOf(file), skip: true };
}

async function noteScans(run: RunRow, task: TaskRef, results: ScanResult[]): Promise<void> {
  if (!isScan(task)) throw new NotYourFile();
  const ordinals = results.map(({ ordinal }) => ordinal);
  requireOwn(run, task, ordinals);
  const rows = new Map((await rowsOf(run, ordinals)).map((row) => [row.ordinal, row]));
  await Promise.all(
    results.map(async ({ ordinal, found, sha256 }) => {
      const file = rows.get(ordinal);
      if (file && !isGone(file.state)) await noteScan(file, found, sha256);
    }),
  );
}

async function noteScan(file: FileRow, found: ScanResult["found"], sha256: string | undefined): Promise<void> {
  if (found === "gone") {
    await noteFile(file, { state: "failed", notice: GONE });
    return;
  }
  // No later result opens a file that one scan has found to be infected.
  if (file.scan === "infected") return;
  await noteFile(file, {
    scan: found.scan,
    ...(sha256 ? { sha256 } : {}),
    ...(found.scan === "clean" && found.inParts ? { scanInParts: true } : {}),
    ...(found.scan === "unscannable" ? { scanProblem: found.why } : {}),
    // If files open before their scan, this file must close now, not when the last one is scanned.
    ...(found.scan === "infected" ? { state: "infected" as const, threat: found.threat, notice: found.reason } : {}),
  });
  if (found.scan === "infected" || found.scan === "unscannable")
    console.log(`File ${file.ordinal} of ${file.transferId} is ${found.scan}.`);
}
