import { ADTS, CustomSource, FLAC, Input, MATROSKA, MP3, MP4, MPEG_TS, OGG, QTFF, WAVE, WEBM } from "mediabunny";
import type { MediaLimits } from "./limits.ts";
import type { ByteSource } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/** What is found in a sound or video. */
export type MediaPiece =
  /** `picture`: as it is shown, in pixels; null of a sound. */
  | { picture: { width: number; height: number } | null; seconds?: number }
  /** A picture of the cover, as it lies in the file. */
  | { cover: Uint8Array };

/** Without playlists (HLS): what they name lies elsewhere, and would be fetched. */
const FORMATS = [MP4, QTFF, MATROSKA, WEBM, MP3, WAVE, OGG, ADTS, FLAC, MPEG_TS];

/** Runs in a thread that may be ended at any time; what the reader throws is blamed on the file. */
export async function readMedia(
  source: ByteSource,
  limits: MediaLimits,
  tell: (piece: MediaPiece) => void,
): Promise<void> {
  const input = new Input({
    formats: FORMATS,
    source: new CustomSource({
      getSize: () => source.size,
      read: (start, end) => source.read(start, end),
      prefetchProfile: "network",
    }),
  });
  try {
    if (!(await input.canRead())) throw new Unpreviewable("No preview can be made of this kind of sound or video.");
    await readTracks(input, limits, tell);
  } catch (error) {
    if (error instanceof Unpreviewable) throw error;
    throw new Unpreviewable("This file can't be played; it may be damaged or incomplete.", { cause: error });
  } finally {
    input.dispose();
  }
}

async function readTracks(input: Input, limits: MediaLimits, tell: (piece: MediaPiece) => void): Promise<void> {
  const video = await input.getPrimaryVideoTrack();
  if (!video && !(await input.getPrimaryAudioTrack())) throw new Error("There is no track.");
  const seconds = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
  tell({
    picture: video && { width: await video.getDisplayWidth(), height: await video.getDisplayHeight() },
    ...(Number.isFinite(seconds) && seconds >= 0 ? { seconds } : {}),
  });
  if (video) return;
  const { images } = await input.getMetadataTags();
  const cover = images?.find(({ kind }) => kind === "coverFront") ?? images?.[0];
  if (cover && cover.data.length <= limits.coverBytes) tell({ cover: cover.data });
}
