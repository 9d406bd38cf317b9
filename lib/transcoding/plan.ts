import type { Video } from "./probe.ts";

/** What must be done so that browsers play a video: nothing, another container, or encoding. */
export type Plan = { make: false } | { make: true; copyPicture: boolean; copySound: boolean };

/** Maximum of the longer and the shorter side: 1080p, also upright. */
const LONG = 1920;
const SHORT = 1080;
/** Bits per second; faster videos stall on many lines. */
const MAX_BITRATE = 12_000_000;

const MP4 = ["mp4", "mov", "m4a", "3gp", "3g2", "mj2"];
const H264_PROFILES = ["Constrained Baseline", "Baseline", "Main", "High"];

/** `type` is the file's MIME type: it distinguishes WebM, which browsers play, from other Matroska files. */
export function planCopy(video: Video, type: string): Plan {
  const { picture, sound, containers, brand, bitrate = 0 } = video;
  const [long, short] = [Math.max(picture.width, picture.height), Math.min(picture.width, picture.height)];
  const small = long <= LONG && short <= SHORT && bitrate <= MAX_BITRATE;
  const h264 =
    picture.codec === "h264" &&
    H264_PROFILES.includes(picture.profile) &&
    ["yuv420p", "yuvj420p"].includes(picture.pixelFormat);
  const inMp4 = containers.some((one) => MP4.includes(one));
  const inMatroska = containers.includes("matroska");
  const soundIs = (...codecs: string[]) => !sound || codecs.includes(sound.codec);
  // Browsers ignore the old rotation tag.
  if (video.turn) return { make: true, copyPicture: false, copySound: sound?.codec === "aac" };
  if (small && inMp4 && brand !== "qt" && h264 && soundIs("aac", "mp3")) return { make: false };
  const webm = inMatroska && type === "video/webm" && ["vp8", "vp9", "av1"].includes(picture.codec);
  if (small && webm && soundIs("opus", "vorbis")) return { make: false };
  return { make: true, copyPicture: small && h264 && (inMp4 || inMatroska), copySound: sound?.codec === "aac" };
}

/** A filter that fits a picture into a box in its orientation, never enlarged, with even sides and square pixels. */
export function fit(long: number, short: number): string {
  const [wide, high] = ["(iw*max(1,sar))", "(ih/min(1,sar))"];
  const factor = `min(1,min(${long}/max(${wide},${high}),${short}/min(${wide},${high})))`;
  const side = (length: string) => `max(2,trunc(${length}*${factor}/2)*2)`;
  return `scale='${side(wide)}':'${side(high)}',setsar=1`;
}

/** No playable copy is made of longer videos. */
export const MAX_SECONDS = 4 * 3600;

/** Milliseconds for making the copy: by duration, and by pixels above 1080p, which must all be decoded. */
export function deadlineOf(video: Video, bytes: number): number {
  // Without a stated duration it is computed as for one megabit per second.
  const seconds = Math.min(video.seconds ?? bytes / 125_000, MAX_SECONDS);
  const effort = Math.max(1, (video.picture.width * video.picture.height) / (LONG * SHORT));
  return Math.min(120_000 + seconds * 4000 * effort, 5 * 3600_000);
}

export const fullSize = (): string => fit(LONG, SHORT);
