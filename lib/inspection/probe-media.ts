import type { FileFacts } from "../files/file.schema.ts";
import { factLimits, type MediaLimits, mediaLimits } from "./limits.ts";
import { makeThumb } from "./make-picture.ts";
import type { MediaPiece } from "./media-task.ts";
import type { ByteSource, Made, Options } from "./source.ts";
import { inThread } from "./thread.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/** `playable`: browsers play it as it is. `transcode`: a smaller or playable copy is worth making, and not too long. */
export type Probed = Made & { playable: boolean; transcode: boolean; codecs: string[] };

type Found = Extract<MediaPiece, { container: string }>;

/** Videos that only the transcoder can read; what they hold is not known before. */
const FOREIGN = /^video\/(x-msvideo|vnd\.avi|x-ms-asf|x-ms-wmv|x-flv|mpeg|MP1S|MP2P|3gpp2?)$|mxf$/;

/**
 * Seconds, pixels as shown (turned, with square pixels) and codecs of a sound or video, by its headers alone; of a
 * sound its cover as `thumb.webp`. `type` is what detectType said. Throws Unpreviewable.
 */
export async function probeMedia(
  source: ByteSource,
  type: string,
  { limits: changed, signal }: Options<MediaLimits> = {},
): Promise<Probed> {
  const limits = { ...mediaLimits, ...changed };
  const { pieces, stopped } = await inThread("media", source, limits, "file", limits, signal);
  const found = pieces.find((piece) => "container" in piece);
  if (!found) {
    if (!stopped || !FOREIGN.test(type)) throw stopped ?? new Error("The probe found nothing and said nothing.");
    const transcode = source.size <= limits.transcodeBytes;
    return { renditions: [], facts: {}, playable: false, transcode, codecs: [], ...(transcode ? {} : LONG) };
  }
  const facts = factsOf(found);
  const playable = isPlayable(found);
  const wanted = found.video !== undefined && (!playable || isHeavy(found, source.size, limits));
  const transcode = wanted && source.size <= limits.transcodeBytes && (facts.seconds ?? 0) <= limits.transcodeSeconds;
  const codecs = [found.video?.codec, found.audio?.codec].filter((codec) => typeof codec === "string");
  const cover = pieces.find((piece) => "cover" in piece)?.cover;
  const renditions = cover ? await thumbOf(cover) : [];
  const notice = wanted && !transcode && !playable ? LONG : {};
  return { renditions, facts, playable, transcode, codecs, ...notice, ...(found.video ? {} : asSound(type)) };
}

const LONG = { notice: "This video is too long to be converted; it can be downloaded as it is." };

/** Recorders write a sound into a video's container; its streams say what it is. */
const asSound = (type: string): Pick<Made, "is"> =>
  type.startsWith("video/") ? { is: { type: type.replace("video/", "audio/"), kind: "audio" } } : {};

function factsOf({ seconds, video }: Found): FileFacts {
  const isSide = (pixels: number) => Math.round(pixels) >= 1 && pixels <= factLimits.sidePixels;
  const shown = video && isSide(video.width) && isSide(video.height);
  return {
    ...(seconds === undefined || seconds > factLimits.seconds ? {} : { seconds: Math.round(seconds * 1000) / 1000 }),
    ...(shown ? { width: Math.round(video.width), height: Math.round(video.height) } : {}),
  };
}

/** Of H.264 browsers play the profiles with 8 bits and quartered colour: Baseline, Main, Extended, High. */
const H264 = /^avc[13]\.(42|4d|58|64)/i;
const SOUNDS: Record<string, RegExp> = {
  MP4: /^(aac|mp3|opus|flac)$/,
  WebM: /^(opus|vorbis)$/,
  Ogg: /^(opus|vorbis|flac)$/,
  MP3: /^mp3$/,
  ADTS: /^aac$/,
  FLAC: /^flac$/,
  WAVE: /^pcm-(u8|s16|s24|s32|f32)$/,
};

/** What all of today's browsers play without help. */
function isPlayable({ container, video, audio }: Found): boolean {
  if (audio && !SOUNDS[container]?.test(audio.codec ?? "")) return false;
  if (!video) return audio !== undefined;
  if (container === "MP4") return video.codec === "avc" && H264.test(video.parameters ?? "");
  return container === "WebM" && /^(vp8|vp9|av1)$/.test(video.codec ?? "");
}

function isHeavy({ video, seconds }: Found, bytes: number, limits: MediaLimits): boolean {
  const sides = [video?.width ?? 0, video?.height ?? 0].sort((a, b) => a - b);
  const [short = 0, long = 0] = sides;
  if (short > limits.shortSidePixels || long > limits.longSidePixels) return true;
  return seconds !== undefined && seconds > 0 && (bytes * 8) / seconds > limits.bitsPerSecond;
}

/** A cover that can't be read is no reason to keep a sound from being played. */
async function thumbOf(cover: Uint8Array) {
  try {
    return [await makeThumb(cover)];
  } catch (error) {
    if (error instanceof Unpreviewable) return [];
    throw error;
  }
}
