import type { FileFacts } from "../files/file.schema.ts";
import { factLimits, type MediaLimits, mediaLimits } from "./limits.ts";
import { makeThumb } from "./make-picture.ts";
import type { MediaPiece } from "./media-task.ts";
import type { ByteSource, Made, Options } from "./source.ts";
import { inThread } from "./thread.ts";
import { Unpreviewable } from "./unpreviewable.ts";

type Found = Extract<MediaPiece, { picture: unknown }>;

/** Videos that only the transcoder can read; what they hold is not known before. */
const FOREIGN = /^video\/(x-msvideo|vnd\.avi|x-ms-asf|x-ms-wmv|x-flv|mpeg|MP1S|MP2P|3gpp2?)$|mxf$/;

/**
 * Seconds and pixels as shown (turned, with square pixels) of a sound or video, by its headers alone; of a sound its cover
 * as `thumb.webp`. What of a video browsers can play, the transcoder decides (`lib/transcoding/plan.ts`). `type` is what
 * detectType said. Throws Unpreviewable.
 */
export async function probeMedia(
  source: ByteSource,
  type: string,
  { limits: changed, signal }: Options<MediaLimits> = {},
): Promise<Made> {
  const limits = { ...mediaLimits, ...changed };
  const { pieces, stopped } = await inThread("media", source, limits, "file", limits, signal);
  const found = pieces.find((piece) => "picture" in piece);
  if (!found) {
    if (!stopped || !FOREIGN.test(type)) throw stopped ?? new Error("The probe found nothing and said nothing.");
    return { renditions: [], facts: {} };
  }
  const cover = pieces.find((piece) => "cover" in piece)?.cover;
  const renditions = cover ? await thumbOf(cover) : [];
  return { renditions, facts: factsOf(found), ...(found.picture ? {} : asSound(type)) };
}

/** Recorders write a sound into a video's container; its streams say what it is. */
const asSound = (type: string): Pick<Made, "is"> =>
  type.startsWith("video/") ? { is: { type: type.replace("video/", "audio/"), kind: "audio" } } : {};

function factsOf({ seconds, picture }: Found): FileFacts {
  const isSide = (pixels: number) => Math.round(pixels) >= 1 && pixels <= factLimits.sidePixels;
  const shown = picture && isSide(picture.width) && isSide(picture.height);
  return {
    ...(seconds === undefined || seconds > factLimits.seconds ? {} : { seconds: Math.round(seconds * 1000) / 1000 }),
    ...(shown ? { width: Math.round(picture.width), height: Math.round(picture.height) } : {}),
  };
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
