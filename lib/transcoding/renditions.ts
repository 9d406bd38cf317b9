import { statSync } from "node:fs";
import { join } from "node:path";
import { type Limits, measure, runFfmpeg, type Tools } from "./ffmpeg.ts";
import { deadlineOf, fit, fullSize, MAX_SECONDS, type Plan } from "./plan.ts";
import type { Video } from "./probe.ts";
import { VideoRefused } from "./transcoding.errors.ts";

export type RenditionName = "poster.webp" | "clip.mp4" | "video.mp4";

/** A rendition of a video, in a local file. */
export type Made = { name: RenditionName; type: string; bytes: number; width: number; height: number; path: string };

export type Making = {
  tools: Tools;
  url: string;
  video: Video;
  /** Bytes of the original. */
  size: number;
  folder: string;
  limits: Omit<Limits, "deadlineMs">;
};

const PREVIEW_MS = 180_000;
const CLIP_SECONDS = 6;
const MIB = 1024 ** 2;
/** Maximum bytes of a poster or a clip: many times their usual size. */
const MAX_PREVIEW_BYTES = 64 * MIB;
/** Maximum bytes of a copy: most of the container's disk space. */
const MAX_COPY_BYTES = 14 * 1024 * MIB;
/** When ffmpeg must stop it still has to write its buffers and the index. */
const SPARE = 1024 * MIB;

const DAMAGED = "This video could not be read to its end; it may be damaged.";
const SLOW = "Making a preview of this video took longer than it may.";
const DIED = "The program that makes previews ended unexpectedly over this video, twice.";
const TOO_LONG = "This video is too long for a copy that plays in the browser; the original can be downloaded.";

/** Runs ffmpeg, once more if something killed it, and measures the result. Throws VideoRefused when there is none. */
async function make(
  { tools, url, folder, limits, video }: Making,
  what: { name: RenditionName; type: string; seek?: number; deadlineMs?: number; most?: number },
  words: readonly string[],
): Promise<Made> {
  const { name, type, seek = 0, deadlineMs = PREVIEW_MS, most = MAX_PREVIEW_BYTES } = what;
  const path = join(folder, name);
  for (const last of [false, true]) {
    const { ended, errors } = await runFfmpeg(
      tools,
      { url, seek, ...(video.late ? { late: true } : {}) },
      [...words, path],
      { ...limits, deadlineMs, most },
    );
    if (ended === "killed" && !last) continue;
    if (ended === "killed") throw new VideoRefused(DIED, { cause: errors });
    if (ended === "overrun" || ended === "still") throw new VideoRefused(SLOW, { cause: errors });
    const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (ended === "badly" || bytes === 0) throw new VideoRefused(DAMAGED, { cause: errors });
    const sides = await measure(tools, path, { ...limits, deadlineMs: PREVIEW_MS });
    // ffmpeg reports success when it finds no picture after the position where it should begin.
    if (!sides) throw new VideoRefused(DAMAGED, { cause: errors });
    return { name, type, bytes, path, ...sides };
  }
  throw new VideoRefused(DIED);
}

const pictureOf = ({ picture }: Video): string[] => ["-map", `0:${picture.index}`];
const tenth = ({ seconds = 0 }: Video): number => seconds / 10;

/** Filters for rotations that ffmpeg does not do by itself. */
const TURNS = { 90: "transpose=clock,", 180: "hflip,vflip,", 270: "transpose=cclock," };
const turned = ({ turn }: Video): string => (turn ? TURNS[turn] : "");

/**
 * Begins at `seek`, or at the start if there is nothing at `seek`: the video may be shorter than stated, or have one
 * keyframe.
 */
async function makeFrom(
  making: Making,
  what: { name: RenditionName; type: string; seek: number },
  words: readonly string[],
): Promise<Made> {
  try {
    return await make(making, what, words);
  } catch (error) {
    if (!(error instanceof VideoRefused) || what.seek === 0) throw error;
    return await make(making, { ...what, seek: 0 }, words);
  }
}

/** A still picture from a tenth of the duration, or from the start if the duration is unknown. */
export async function makePoster(making: Making): Promise<Made> {
  const { video } = making;
  return await makeFrom(making, { name: "poster.webp", type: "image/webp", seek: tenth(video) }, [
    ...pictureOf(video),
    ...["-an", "-frames:v", "1", "-vf", `${turned(video)}${fit(1280, 720)},format=yuv420p`],
    ...["-c:v", "libwebp", "-quality", "80", "-f", "webp"],
  ]);
}

/** A small clip of six seconds without sound. */
export async function makeClip(making: Making): Promise<Made> {
  const { seconds = 0 } = making.video;
  const seek = seconds > CLIP_SECONDS ? Math.min(tenth(making.video), seconds - CLIP_SECONDS) : 0;
  return await makeFrom(making, { name: "clip.mp4", type: "video/mp4", seek }, [
    ...pictureOf(making.video),
    // Its time begins with the first picture that can be decoded.
    ...[
      "-an",
      "-t",
      `${CLIP_SECONDS}`,
      "-vf",
      `setpts=PTS-STARTPTS,yadif=deint=interlaced,${turned(making.video)}${fit(854, 480)}`,
      "-fpsmax",
      "30",
    ],
    ...["-c:v", "libx264", "-profile:v", "main", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-crf", "28"],
    ...["-movflags", "+faststart", "-f", "mp4"],
  ]);
}

/**
 * The whole video as browsers play it: H.264 and AAC, at most 1080p. Streams that are suitable already are copied and
 * not encoded.
 */
export async function makeCopy(making: Making, plan: Plan & { make: true }): Promise<Made> {
  const { video, size } = making;
  if ((video.seconds ?? 0) > MAX_SECONDS) throw new VideoRefused(TOO_LONG);
  // Limits the copy of a video whose duration is unknown or wrong.
  const most = Math.min(MAX_COPY_BYTES, size * 2 + 64 * MIB);
  const picture = plan.copyPicture
    ? ["-c:v", "copy"]
    : [
        ...["-vf", `yadif=deint=interlaced,${turned(video)}${fullSize()}`, "-fpsmax", "60"],
        ...["-c:v", "libx264", "-profile:v", "high", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-crf", "23"],
        ...["-maxrate", "8M", "-bufsize", "16M"],
      ];
  const sound = plan.copySound ? ["-c:a", "copy"] : ["-c:a", "aac", "-b:a", "160k", "-ac", "2"];
  const what = {
    name: "video.mp4" as const,
    type: "video/mp4",
    deadlineMs: deadlineOf(video, size),
    most: most + SPARE,
  };
  try {
    const made = await make(making, what, [
      ...pictureOf(video),
      ...(video.sound ? ["-map", `0:${video.sound.index}`, ...sound] : ["-an"]),
      ...picture,
      ...["-max_muxing_queue_size", "1024", "-fs", `${most}`, "-movflags", "+faststart", "-f", "mp4"],
    ]);
    if (made.bytes >= most) throw new VideoRefused(TOO_LONG);
    return made;
  } catch (error) {
    if (!(error instanceof VideoRefused) || !(plan.copyPicture || plan.copySound)) throw error;
    return await makeCopy(making, { make: true, copyPicture: false, copySound: false });
  }
}
