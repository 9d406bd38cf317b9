import { requireSystem } from "#lib/auth/permissions.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import { headObject } from "#lib/files/object.store.ts";
import { presignSource } from "#lib/files/presign-source.ts";
import { DETECT_FILES, type DetectAnswer } from "#lib/inspection/inspector.schema.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { FILE_KINDS, type FileKind, handlingOf } from "#lib/kernel/file-kind.ts";
import { isInRun } from "#lib/kernel/file-states.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { rangesOf } from "#lib/kernel/ordinals.ts";
import { detectTypes } from "./ask-inspector.ts";
import { filesOfRun } from "./files-of-run.ts";
import { BATCH_FILES, type RunPlan, StepInput } from "./run.schema.ts";
import { getRun, notePlan } from "./run.store.ts";
import { runStep } from "./run-step.ts";
import { ticketOf } from "./task-ticket.ts";

const HEADS_AT_ONCE = 32;
const CALLS_AT_ONCE = 4;
const UNKNOWN = { type: "application/octet-stream", kind: "other" } as const;
const GONE = "The bytes of this file are no longer in storage.";
const OTHER = "What is in storage is not what was sent: its size or checksum differs. It is not handed out.";
const UNREADABLE = "What this file is could not be found out: looking into it ended unexpectedly.";

/**
 * Compares every file of a run with its object in S3, detects its type from its first bytes, and plans the batches for
 * previews. A file that does not match what was announced fails alone.
 */
export async function checkRun(ctx: Ctx, input: StepInput): Promise<RunPlan> {
  const grant = requireSystem(ctx);
  const step = { ...StepInput.parse(input), ...grant };
  const run = await getRun(step);
  return await runStep(ctx, step, run.files, async (progress) => {
    const files = (await Array.fromAsync(filesOfRun(run))).filter(({ state }) => isInRun(state));
    const kinds = new Map<FileKind, number[]>();
    const plan = (file: FileRow, kind: FileKind) => {
      kinds.set(kind, [...(kinds.get(kind) ?? []), file.ordinal]);
      progress.done();
    };
    const unknown: FileRow[] = [];
    let failed = 0;
    const fail = async (file: FileRow, notice: string) => {
      await noteFile(file, { state: "failed", notice });
      failed++;
      progress.done();
    };
    await mapConcurrently(files, HEADS_AT_ONCE, async (file) => {
      const object = await headObject(file);
      if (!object) await fail(file, GONE);
      else if (object.size !== file.size || object.crc64 !== file.crc64) await fail(file, OTHER);
      else if (file.kind && file.detectedType) plan(file, file.kind);
      else unknown.push(file);
    });
    await mapConcurrently(chunksOf(unknown), CALLS_AT_ONCE, async (chunk) => {
      const found = await detected(chunk);
      await mapConcurrently([...found], HEADS_AT_ONCE, async ([file, detection]) => {
        if ("gone" in detection) return await fail(file, GONE);
        const { type, kind, notice } = "broken" in detection ? { ...UNKNOWN, notice: UNREADABLE } : detection;
        await noteFile(file, { kind, detectedType: type, ...(notice ? { notice } : {}) });
        plan(file, kind);
      });
    });
    // Sorted, because S3 may answer in any order: a batch must have the same files in every try.
    const batches = FILE_KINDS.flatMap((kind) => batchesOf(kind, kinds.get(kind) ?? []));
    // Another try plans the same.
    const taskSecret = run.taskSecret ?? randomToken();
    await notePlan(run, { batches, taskSecret });
    const value = {
      policy: run.policy,
      batches: batches.map(({ kind }, batch) => ({ batch, kind })),
      files: files.length - failed,
      ticket: ticketOf(taskSecret, { state: "Scan" }),
    };
    const message = failed > 0 ? `${failed} of ${files.length} files are not what was sent.` : undefined;
    return { value, outcome: "succeeded", ...(message ? { message } : {}) };
  });
}

const chunksOf = (files: FileRow[]): FileRow[][] =>
  Array.from({ length: Math.ceil(files.length / DETECT_FILES) }, (_, at) =>
    files.slice(at * DETECT_FILES, (at + 1) * DETECT_FILES),
  );

/**
 * The types of files. If one of them ends the inspector, each file of that call is checked again in a call of its own.
 */
async function detected(files: FileRow[]): Promise<Map<FileRow, DetectAnswer[number]>> {
  const asked = await Promise.all(
    files.map(async (file) => ({
      ...{ url: await presignSource(file), size: file.size, name: file.path, declared: file.type },
    })),
  );
  const answers = (await detectTypes(asked)) ?? (await mapConcurrently(asked, CALLS_AT_ONCE, detectAlone));
  return new Map(files.map((file, index) => [file, answers[index] ?? { broken: true }]));
}

const detectAlone = async (file: Parameters<typeof detectTypes>[0][number]): Promise<DetectAnswer[number]> =>
  (await detectTypes([file]))?.[0] ?? { broken: true };

function batchesOf(kind: FileKind, ordinals: number[]): { kind: FileKind; ordinals: string }[] {
  if (!handlingOf(kind)) return [];
  const sorted = ordinals.sort((a, b) => a - b);
  const batches: { kind: FileKind; ordinals: string }[] = [];
  for (let at = 0; at < sorted.length; at += BATCH_FILES) {
    batches.push({ kind, ordinals: rangesOf(sorted.slice(at, at + BATCH_FILES)) });
  }
  return batches;
}
