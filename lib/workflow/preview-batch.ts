import { requireSystem } from "#lib/auth/permissions.ts";
import { putDerived } from "#lib/files/derived.store.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import { ObjectGone, openObject } from "#lib/files/object.store.ts";
import { listArchive } from "#lib/inspection/list-archive.ts";
import { makeDocument, makeText } from "#lib/inspection/make-document.ts";
import { makePicture } from "#lib/inspection/make-picture.ts";
import { probeMedia } from "#lib/inspection/probe-media.ts";
import type { ByteSource, Made } from "#lib/inspection/source.ts";
import { Unpreviewable } from "#lib/inspection/unpreviewable.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { sourceOf } from "./file-source.ts";
import { filesOfBatch } from "./files-of-run.ts";
import { BatchInput } from "./run.schema.ts";
import { getRun } from "./run.store.ts";
import { runStep } from "./run-step.ts";
import { isForgotten } from "./unless-forgotten.ts";
import { PreviewsMissing } from "./workflow.errors.ts";

type Maker = (source: ByteSource, file: FileRow) => Promise<Made>;
type How = { make: Maker; atOnce: number };

/** Readers of formats have a thread of their own each, watched by the memory of the whole process: one at a time. */
const MAKERS: Record<"picture" | "document" | "text" | "archive" | "audio" | "video", How> = {
  picture: { make: (source) => makePicture(source), atOnce: 2 },
  document: { make: (source, file) => makeDocument(source, file.detectedType ?? file.type), atOnce: 1 },
  text: { make: (source) => makeText(source), atOnce: 4 },
  archive: { make: (source, file) => listArchive(source, file.detectedType ?? file.type), atOnce: 1 },
  audio: { make: (source, file) => probeMedia(source, file.detectedType ?? file.type), atOnce: 1 },
  video: { make: (source, file) => probeMedia(source, file.detectedType ?? file.type), atOnce: 1 },
};

const STOPPED = "No preview was made of this file: the program that makes it ended unexpectedly over it, twice.";
const TRIES = 2;

/**
 * Makes what shows the files of a batch: renditions into the bucket of derived objects, facts and a notice onto the
 * file's row. What can't be previewed says why; it is delivered all the same. Another try goes on with what is missing.
 * After a try that ended the process files go one by one, so that it shows which it was; that one comes last, and in the
 * end is left without a preview, alone.
 * `transcode`: a container makes poster, clip and copy of these.
 */
export async function previewBatch(ctx: Ctx, input: BatchInput): Promise<{ transcode: boolean }> {
  const grant = requireSystem(ctx);
  const step = { ...BatchInput.parse(input), ...grant };
  const { kind } = step;
  if (kind === "other") return { transcode: false };
  const files = await filesOfBatch(await getRun(step), step.batch);
  const { make, atOnce } = MAKERS[kind];
  return await runStep(ctx, step, files.length, async (progress) => {
    const failures: unknown[] = [];
    let without = 0;
    const attempt = async (file: FileRow): Promise<boolean> => {
      if (times(file) >= TRIES) {
        await noteFile(file, { facts: {}, ...noticeOf(file, STOPPED) });
        return false;
      }
      if (careful) await progress.at(file.ordinal);
      return await preview(file, make);
    };
    const careful = progress.interrupted || progress.blamed.length > 0;
    const times = ({ ordinal }: FileRow) => progress.blamed.filter((one) => one === ordinal).length;
    const inTurn = files.toSorted((a, b) => times(a) - times(b));
    await mapConcurrently(inTurn, careful ? 1 : atOnce, async (file) => {
      try {
        if (isWaiting(file) && !(await attempt(file))) without++;
      } catch (error) {
        if (await isForgotten(step, error)) throw error;
        console.error(`Preview of file ${file.ordinal} of ${file.transferId}:`, error);
        failures.push(error);
      }
      progress.done();
    });
    if (failures.length > 0) throw new PreviewsMissing(failures.length, failures[0]);
    const message = without > 0 ? `${without} of ${files.length} have no preview; each says why.` : undefined;
    return { value: { transcode: kind === "video" }, outcome: "succeeded", ...(message ? { message } : {}) };
  });
}

const isWaiting = ({ state, renditions, facts }: FileRow): boolean =>
  (state === "stored" || state === "ready") && !renditions && !facts;

/** False when it can't be previewed, which its notice then explains. */
async function preview(file: FileRow, make: Maker): Promise<boolean> {
  try {
    const made = await make(sourceOf(openObject(file)), file);
    for (const rendition of made.renditions) await putDerived(file, rendition);
    await noteFile(file, {
      renditions: made.renditions.map(({ name, type, body, width, height }) => ({
        ...{ name, type, bytes: body.length },
        ...(width === undefined ? {} : { width }),
        ...(height === undefined ? {} : { height }),
      })),
      facts: made.facts,
      ...(made.is ? { kind: made.is.kind, detectedType: made.is.type } : {}),
      ...noticeOf(file, made.notice),
    });
    return true;
  } catch (error) {
    if (error instanceof Unpreviewable)
      await noteFile(file, { facts: error.facts ?? {}, ...noticeOf(file, error.message) });
    else if (error instanceof ObjectGone)
      await noteFile(file, { facts: {}, notice: "Its bytes are no longer in storage." });
    else throw error;
    return false;
  }
}

/** What was said first, that the type is not what the name says, is not overwritten. */
const noticeOf = (file: FileRow, notice: string | undefined) => (notice && !file.notice ? { notice } : {});
