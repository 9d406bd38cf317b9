import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SourceGone } from "#lib/inspection/url-source.ts";
import { findTools, type Tools } from "#lib/transcoding/ffmpeg.ts";
import { planCopy } from "#lib/transcoding/plan.ts";
import { probeVideo, type Video } from "#lib/transcoding/probe.ts";
import { type Made, type Making, makeClip, makeCopy, makePoster } from "#lib/transcoding/renditions.ts";
import { serveSource } from "#lib/transcoding/serve-source.ts";
import { VideoRefused, VideoUnreachable } from "#lib/transcoding/transcoding.errors.ts";
import { putRendition } from "./put-rendition.ts";
import { watchStep } from "./run-step.ts";
import type { TaskFile } from "./task.schema.ts";
import { type TaskWatch, unwatched } from "./task.ts";
import type { TaskClient } from "./task-client.ts";
import { taskSource } from "./task-source.ts";
import { PreviewsMissing, RunNotFound } from "./workflow.errors.ts";

const NO_FFMPEG = "There is no ffmpeg on this machine: install it to have videos previewed.";
const GONE = "There is no preview of this video: it is no longer in storage.";
const STOPPED =
  "There is no preview of this video: the program that makes it ended unexpectedly over it, twice. It can be downloaded.";
const TRIES = 2;
const PROBE_MS = 120_000;

export type TranscodeSummary = { made: number; refused: number; skipped: number };

/**
 * The work of the transcode container. Each video of a batch gets a poster, a short clip and, if browsers can't play the
 * video, a copy that they can. The poster is noted last: a video with a poster is done. When a video fails, the others are
 * still made, and the next try continues with the missing ones.
 */
export const transcodeBatch = (client: TaskClient, watch: TaskWatch = unwatched): Promise<TranscodeSummary> =>
  watchStep(client, async (progress) => {
    const files = await Array.fromAsync(client.files());
    const summary: TranscodeSummary = { made: 0, refused: 0, skipped: 0 };
    const tools = findTools();
    if (!tools) return { value: { ...summary, skipped: files.length }, outcome: "skipped", message: NO_FFMPEG };
    const failures: unknown[] = [];
    const times = ({ ordinal }: TaskFile) => progress.blamed.filter((one) => one === ordinal).length;
    // Files that ended an earlier try come last, and before them files with a notice, so that they do not delay the
    // others.
    const turn = (file: TaskFile) => 2 * times(file) + (file.noticed ? 1 : 0);
    for (const file of files.toSorted((a, b) => turn(a) - turn(b))) {
      const { ordinal } = file;
      if (file.skip) summary.skipped += 1;
      else if (times(file) >= TRIES) {
        await client.call({ do: "refused", ordinal, notice: STOPPED, keep: true });
        summary.refused += 1;
      } else {
        try {
          await progress.at(ordinal);
          summary[await transcode(client, file, tools, watch)] += 1;
        } catch (error) {
          watch.signal.throwIfAborted();
          if (error instanceof RunNotFound) throw error;
          console.error(`Transcoding of file ${ordinal}:`, error);
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

async function transcode(
  client: TaskClient,
  file: TaskFile,
  tools: Tools,
  watch: TaskWatch,
): Promise<"made" | "refused"> {
  const { ordinal, size, type } = file;
  const folder = mkdtempSync(join(tmpdir(), "dormouse-transcode-"));
  const source = await serveSource(taskSource(client, file), watch.moved);
  const refuse = async (notice: string) => {
    await client.call({ do: "refused", ordinal, notice });
    return "refused" as const;
  };
  try {
    const limits = { folder, signal: watch.signal, onSign: watch.moved };
    const video = await probeVideo(tools, source.url, { ...limits, deadlineMs: PROBE_MS });
    const making: Making = { tools, url: source.url, video, size, folder, limits };
    const { made, notice } = await makeAll(making, type);
    // A read error may not be the video's fault: nothing is written then, and another try makes all renditions.
    if (source.failure) throw source.failure;
    for (const one of made) await putRendition(client, ordinal, one, watch.moved);
    await client.call({
      ...{ do: "transcoded", ordinal, facts: factsOf(video) },
      renditions: made.map(({ name, bytes, width, height }) => ({ name, bytes, width, height })),
      ...(notice ? { notice } : {}),
    });
    return "made";
  } catch (error) {
    if (source.failure instanceof SourceGone) return await refuse(GONE);
    if (source.failure) throw new VideoUnreachable("The video could not be read.", { cause: source.failure });
    if (error instanceof VideoRefused) return await refuse(error.message);
    throw error;
  } finally {
    source.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Makes a poster at least. Each of the other renditions may fail alone; if no whole copy can be made, the notice says
 * why.
 */
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

const factsOf = ({ picture, seconds }: Video) => ({
  width: picture.width,
  height: picture.height,
  ...(seconds ? { seconds } : {}),
});
