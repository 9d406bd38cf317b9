import { requireSystem } from "#lib/auth/permissions.ts";
import { putDerived } from "#lib/files/derived.store.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import { presignSource } from "#lib/files/presign-source.ts";
import { type PreviewAnswer, RENDITION_TYPES } from "#lib/inspection/inspector.schema.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { type FileKind, handlingOf, isTranscoded, TRANSCODE_STATE } from "#lib/kernel/file-kind.ts";
import { isInRun } from "#lib/kernel/file-states.ts";
import { makePreview } from "./ask-inspector.ts";
import { filesOfBatch } from "./files-of-run.ts";
import { BatchInput } from "./run.schema.ts";
import { getRun } from "./run.store.ts";
import { runStep } from "./run-step.ts";
import { ticketOf } from "./task-ticket.ts";
import { isPurged } from "./unless-purged.ts";
import { InspectorBusy, PreviewsMissing } from "./workflow.errors.ts";

const STOPPED = "No preview was made of this file: the program that makes it ended unexpectedly over it, twice.";
const GONE = "Its bytes are no longer in storage.";
/** Tries of a file for which the inspector ends, because the reason may be another one. */
const TRIES = 2;
/** Files that are inspected at a time, each in an instance of its own. */
const CONCURRENCY = 4;

/**
 * Makes the previews of a batch: puts renditions into the bucket of derived objects, and writes facts and a notice to
 * the file's row. A file that can't be previewed gets a notice with the reason and is delivered all the same. Another
 * try continues with what is missing. No file is opened here: the inspector gets the URL of one file at a time, so an
 * attack by a file affects only that file. `transcode`: a container makes poster, clip and copy of these; the ticket is
 * for the broker.
 */
export async function previewBatch(ctx: Ctx, input: BatchInput): Promise<{ transcode: boolean; ticket: string }> {
  const grant = requireSystem(ctx);
  const step = { ...BatchInput.parse(input), ...grant };
  const { kind } = step;
  if (!handlingOf(kind)) return { transcode: false, ticket: "" };
  const run = await getRun(step);
  const files = await filesOfBatch(run, step.batch);
  return await runStep(ctx, step, files.length, async (progress) => {
    const failures: unknown[] = [];
    let without = 0;
    await mapConcurrently(files, CONCURRENCY, async (file) => {
      try {
        if (isWaiting(file) && !(await preview(file, kind))) without++;
      } catch (error) {
        if (error instanceof InspectorBusy || (await isPurged(step, error))) throw error;
        console.error(`Preview of file ${file.ordinal} of ${file.transferId}:`, error);
        failures.push(error);
      }
      progress.done();
    });
    if (failures.length > 0) throw new PreviewsMissing(failures.length, failures[0]);
    const message = without > 0 ? `${without} of ${files.length} have no preview; each says why.` : undefined;
    const ticket = ticketOf(run.taskSecret ?? "", { state: TRANSCODE_STATE, batch: step.batch });
    return { value: { transcode: isTranscoded(kind), ticket }, outcome: "succeeded", ...(message ? { message } : {}) };
  });
}

const isWaiting = ({ state, renditions, facts }: FileRow): boolean => isInRun(state) && !renditions && !facts;

/** False when the file can't be previewed; its notice says why. */
async function preview(file: FileRow, kind: FileKind): Promise<boolean> {
  const answer = await inspected(file, kind);
  if (answer && "made" in answer) {
    await keep(file, answer.made);
    return true;
  }
  const facts = answer && "refused" in answer ? answer.facts : {};
  const notice = !answer ? STOPPED : "refused" in answer ? answer.refused : GONE;
  await noteFile(file, { facts, ...noticeOf(file, notice) });
  return false;
}

async function inspected(file: FileRow, kind: FileKind): Promise<PreviewAnswer | undefined> {
  const type = file.detectedType ?? file.type;
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await makePreview({ kind, type, size: file.size, url: await presignSource(file) });
    if (answer) return answer;
  }
  return undefined;
}

async function keep(file: FileRow, made: Extract<PreviewAnswer, { made: object }>["made"]): Promise<void> {
  const renditions = made.renditions.map(({ body, ...rest }) => ({
    ...{ ...rest, type: RENDITION_TYPES[rest.name], body: Buffer.from(body, "base64") },
  }));
  for (const rendition of renditions) await putDerived(file, rendition);
  await noteFile(file, {
    renditions: renditions.map(({ body, ...rest }) => ({ ...rest, bytes: body.length })),
    facts: made.facts,
    ...(made.is ? { kind: made.is.kind, detectedType: made.is.type } : {}),
    ...noticeOf(file, made.notice),
  });
}

/** An earlier notice, that the type does not match the name, is not overwritten. */
const noticeOf = (file: FileRow, notice: string | undefined) => (notice && !file.notice ? { notice } : {});
