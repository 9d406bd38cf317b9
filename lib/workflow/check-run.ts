import { requireSystem } from "#lib/auth/permissions.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import { headObject, openObject } from "#lib/files/object.store.ts";
import { detectType } from "#lib/inspection/detect-type.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { sourceOf } from "./file-source.ts";
import { filesOfRun } from "./files-of-run.ts";
import { rangesOf } from "./ordinals.ts";
import { BATCH_FILES, FileKind, type RunPlan, StepInput } from "./run.schema.ts";
import { getRun, noteBatches } from "./run.store.ts";
import { runStep } from "./run-step.ts";

const AT_ONCE = 32;
const GONE = "The bytes of this file are no longer in storage.";
const OTHER = "What is in storage is not what was sent: its size or checksum differs. It is not handed out.";

/**
 * Compares every file of a run with what S3 has, tells its true type by its first bytes, and plans who previews what.
 * A file that is not what was promised fails alone.
 */
export async function checkRun(ctx: Ctx, input: StepInput): Promise<RunPlan> {
  const grant = requireSystem(ctx);
  const step = { ...StepInput.parse(input), ...grant };
  const run = await getRun(step);
  return await runStep(ctx, step, run.files, async (progress) => {
    const files = (await Array.fromAsync(filesOfRun(run))).filter(
      ({ state }) => state === "stored" || state === "ready",
    );
    const kinds = new Map<FileKind, number[]>();
    let failed = 0;
    await mapConcurrently(files, AT_ONCE, async (file) => {
      const kind = await check(file);
      if (kind) kinds.set(kind, [...(kinds.get(kind) ?? []), file.ordinal]);
      else failed++;
      progress.done();
    });
    // In an order of their own, not that of S3's answers: a number means the same batch to every try.
    const batches = FileKind.options.flatMap((kind) => batchesOf(kind, kinds.get(kind) ?? []));
    // Another try plans alike.
    await noteBatches(run, batches);
    const plan = {
      policy: run.policy,
      batches: batches.map(({ kind }, batch) => ({ batch, kind })),
      files: files.length - failed,
    };
    const message = failed > 0 ? `${failed} of ${files.length} files are not what was sent.` : undefined;
    return { value: plan, outcome: "succeeded", ...(message ? { message } : {}) };
  });
}

/** The file's kind, or undefined when it is not handed out. */
async function check(file: FileRow): Promise<FileKind | undefined> {
  const object = await headObject(file);
  if (!object || object.size !== file.size || object.crc64 !== file.crc64) {
    await noteFile(file, { state: "failed", notice: object ? OTHER : GONE });
    return undefined;
  }
  if (file.kind && file.detectedType) return file.kind;
  const { type, kind, notice } = await detectType(sourceOf(openObject(file)), { name: file.path, declared: file.type });
  await noteFile(file, { kind, detectedType: type, ...(notice ? { notice } : {}) });
  return kind;
}

function batchesOf(kind: FileKind, ordinals: number[]): { kind: FileKind; ordinals: string }[] {
  if (kind === "other") return [];
  const sorted = ordinals.sort((a, b) => a - b);
  const batches: { kind: FileKind; ordinals: string }[] = [];
  for (let at = 0; at < sorted.length; at += BATCH_FILES) {
    batches.push({ kind, ordinals: rangesOf(sorted.slice(at, at + BATCH_FILES)) });
  }
  return batches;
}
