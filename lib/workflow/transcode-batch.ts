import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireSystem } from "#lib/auth/permissions.ts";
import { putDerivedFile } from "#lib/files/derived.store.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import { ObjectGone, openObject } from "#lib/files/object.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findTools, type Tools } from "#lib/transcoding/ffmpeg.ts";
import { planCopy } from "#lib/transcoding/plan.ts";
import { probeVideo, type Video } from "#lib/transcoding/probe.ts";
import { type Made, type Making, makeClip, makeCopy, makePoster } from "#lib/transcoding/renditions.ts";
import { serveSource } from "#lib/transcoding/serve-source.ts";
import { VideoRefused, VideoUnreachable } from "#lib/transcoding/transcoding.errors.ts";
import { filesOfBatch } from "./files-of-run.ts";
import { BatchInput } from "./run.schema.ts";
import { getRun } from "./run.store.ts";
import { runStep } from "./run-step.ts";
import { type TaskWatch, unwatched } from "./task.ts";
import { isForgotten } from "./unless-forgotten.ts";
import { PreviewsMissing } from "./workflow.errors.ts";

const NO_FFMPEG = "There is no ffmpeg on this machine: install it to have videos previewed.";
const GONE = "There is no preview of this video: it is no longer in storage.";
const STOPPED =
  "There is no preview of this video: the program that makes it ended unexpectedly over it, twice. It can be downloaded.";
const TRIES = 2;
const PROBE_MS = 120_000;

export type TranscodeSummary = { made: number; refused: number; skipped: number };

/**
 * Makes of each video of a batch a poster, a short clip and, where browsers would not play it, a copy that they do. The
 * poster is noted last and means that a video is done. A video that fails, fails alone: the others are made first, and
 * another try goes on with what is missing.
 */
export async function transcodeBatch(
  ctx: Ctx,
  input: BatchInput,
  watch: TaskWatch = unwatched,
): Promise<TranscodeSummary> {
  const grant = requireSystem(ctx);
  const step = { ...BatchInput.parse(input), ...grant };
  const files = await filesOfBatch(await getRun(step), step.batch);
  return await runStep(ctx, step, files.length, async (progress) => {
    const summary: TranscodeSummary = { made: 0, refused: 0, skipped: 0 };
    const tools = findTools();
    if (!tools) return { value: { ...summary, skipped: files.length }, outcome: "skipped", message: NO_FFMPEG };
    const failures: unknown[] = [];
    const times = ({ ordinal }: FileRow) => progress.blamed.filter((one) => one === ordinal).length;
    // What has ended an earlier try comes last, after what was refused by one: nothing keeps the others from their turn.
    const turn = (file: FileRow) => 2 * times(file) + (file.notice ? 1 : 0);
    for (const file of files.toSorted((a, b) => turn(a) - turn(b))) {
      if (!isWaiting(file)) summary.skipped += 1;
      else if (times(file) >= TRIES) {
        await noteFile(file, { notice: file.notice ?? STOPPED });
        summary.refused += 1;
      } else {
        try {
          await progress.at(file.ordinal);
          summary[await transcode(file, tools, watch)] += 1;
        } catch (error) {
          watch.signal.throwIfAborted();
          if (await isForgotten(step, error)) throw error;
          console.error(`Transcoding of file ${file.ordinal} of ${file.transferId}:`, error);
          failures.push(error);
        }
      }
      progress.done();
    }
    if (failures.length > 0) throw new PreviewsMissing(failures.length, failures[0]);
    const { refused } = summary;
    const message = refused > 0 ? `${refused} of ${files.length} have no preview; each says why.` : undefined;
    return { value: summary, outcome: "succeeded", ...(message ? { message } : {}) };
  });
}

const isWaiting = ({ kind, state, renditions }: FileRow): boolean =>
  kind === "video" && ["stored", "ready"].includes(state) && !renditions?.some(({ name }) => name === "poster.webp");

async function transcode(file: FileRow, tools: Tools, watch: TaskWatch): Promise<"made" | "refused"> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-transcode-"));
  const source = await serveSource(openObject(file), watch.moved);
  try {
    const limits = { folder, signal: watch.signal, onSign: watch.moved };
    const video = await probeVideo(tools, source.url, { ...limits, deadlineMs: PROBE_MS });
    const making: Making = { tools, url: source.url, video, size: file.size, folder, limits };
    const { made, notice } = await makeAll(making, file.detectedType ?? file.type);
    // What could not be read was perhaps not the video's fault: then nothing is noted, and another try makes all of it.
    if (source.failure) throw source.failure;
    for (const one of made) await putDerivedFile(file, one, one.path, watch.moved);
    await noteFile(file, {
      renditions: merge(file.renditions ?? [], made),
      facts: { ...file.facts, ...factsOf(video) },
      ...(notice ? { notice } : {}),
    });
    return "made";
  } catch (error) {
    if (source.failure instanceof ObjectGone) {
      await noteFile(file, { notice: GONE });
      return "refused";
    }
    if (source.failure) throw new VideoUnreachable("The video could not be read.", { cause: source.failure });
    if (!(error instanceof VideoRefused)) throw error;
    await noteFile(file, { notice: error.message });
    return "refused";
  } finally {
    source.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A poster at least; each of the rest for itself, and where no whole copy can be made the notice says why. */
async function makeAll(making: Making, type: string): Promise<{ made: Made[]; notice?: string }> {
  const made = [await makePoster(making)];
  let notice: string | undefined;
  const attempt = async (one: Promise<Made>): Promise<void> => {
    try {
      made.push(await one);
    } catch (error) {
      if (!(error instanceof VideoRefused)) throw error;
      notice = error.message;
    }
  };
  await attempt(makeClip(making));
  const plan = planCopy(making.video, type);
  if (plan.make) {
    notice = undefined;
    await attempt(makeCopy(making, plan));
  }
  return { made, ...(notice ? { notice } : {}) };
}

type Renditions = NonNullable<FileRow["renditions"]>;

const merge = (there: Renditions, made: Made[]): Renditions => [
  ...there.filter(({ name }) => !made.some((one) => one.name === name)),
  ...made.map(({ name, type, bytes, width, height }) => ({ name, type, bytes, width, height })),
];

const factsOf = ({ picture, seconds }: Video) => ({
  width: picture.width,
  height: picture.height,
  ...(seconds ? { seconds } : {}),
});
