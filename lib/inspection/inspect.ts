import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import { handlingOf } from "#lib/kernel/file-kind.ts";
import { detectType } from "./detect-type.ts";
import {
  type DetectAnswer,
  type FileToDetect,
  type InspectRequest,
  type PreviewAnswer,
  RENDITION_BYTES,
  RENDITION_TYPES,
} from "./inspector.schema.ts";
import { listArchive } from "./list-archive.ts";
import { makeDocument, makeText } from "./make-document.ts";
import { makePicture } from "./make-picture.ts";
import { probeMedia } from "./probe-media.ts";
import type { ByteSource, Made, MadeRendition } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";
import { SourceGone, SourceUnreachable, urlSource } from "./url-source.ts";

type Maker = (source: ByteSource, type: string) => Promise<Made>;

const MAKERS: Record<NonNullable<ReturnType<typeof handlingOf>>["maker"], Maker> = {
  picture: (source) => makePicture(source),
  document: makeDocument,
  text: (source) => makeText(source),
  archive: listArchive,
  media: probeMedia,
};

const DETECT_AT_ONCE = 16;
/** Of one file's type; the others of a call don't wait for it any longer. */
const DETECT_MS = 15_000;

/**
 * Looks into files of strangers. It has bytes by signed URLs and answers facts and renditions; nothing else is given to
 * the program that runs this: no table, no bucket, no secret and no network but to these URLs.
 * Throws SourceUnreachable where bytes could not be had, and anything where a file breaks its reader.
 */
export const inspect = (request: InspectRequest): Promise<DetectAnswer | PreviewAnswer> =>
  request.task === "detect" ? detect(request.files) : preview(request);

const detect = (files: FileToDetect[]): Promise<DetectAnswer> =>
  mapConcurrently(files, DETECT_AT_ONCE, async ({ url, size, name, declared }) => {
    try {
      const signal = AbortSignal.timeout(DETECT_MS);
      const found = await inTime(detectType(urlSource(url, size), { name, declared }, { signal }), signal);
      const { type, kind, notice } = found;
      return { type, kind, ...(notice ? { notice } : {}) };
    } catch (error) {
      if (error instanceof SourceUnreachable) throw error;
      return error instanceof SourceGone ? { gone: true } : { broken: true };
    }
  });

async function preview({
  kind,
  type,
  url,
  size,
}: Extract<InspectRequest, { task: "preview" }>): Promise<PreviewAnswer> {
  const handling = handlingOf(kind);
  if (!handling) return { refused: "No preview can be made of this kind of file.", facts: {} };
  try {
    const { renditions, facts, notice, is } = await MAKERS[handling.maker](urlSource(url, size), type);
    const { kept, left } = fitting(renditions);
    const said = left ? (notice ?? "Its preview is too large to be kept.") : notice;
    return { made: { renditions: kept, facts, ...(said ? { notice: said } : {}), ...(is ? { is } : {}) } };
  } catch (error) {
    if (error instanceof Unpreviewable) return { refused: error.message, facts: error.facts };
    if (error instanceof SourceGone) return { gone: true };
    throw error;
  }
}

type Kept = { name: keyof typeof RENDITION_TYPES; body: string; width?: number; height?: number };

/** The smaller ones first, as many as an answer has room for. */
function fitting(renditions: MadeRendition[]): { kept: Kept[]; left: boolean } {
  const fit = new Set<MadeRendition>();
  let room = RENDITION_BYTES;
  for (const one of renditions.toSorted((a, b) => a.body.length - b.body.length)) {
    room -= one.body.length;
    if (room >= 0) fit.add(one);
  }
  const kept = renditions
    .filter((one) => fit.has(one))
    .map(({ name, body, width, height }): Kept => {
      if (!isKnown(name)) throw new Error(`There is no rendition ${name}.`);
      return {
        name,
        body: Buffer.from(body.buffer, body.byteOffset, body.length).toString("base64"),
        ...(width === undefined ? {} : { width }),
        ...(height === undefined ? {} : { height }),
      };
    });
  return { kept, left: kept.length < renditions.length };
}

const isKnown = (name: string): name is keyof typeof RENDITION_TYPES => Object.hasOwn(RENDITION_TYPES, name);

/** What the promise gives, if it does so before the signal ends the waiting. */
async function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([promise, late]);
  } finally {
    signal.removeEventListener("abort", end);
    promise.catch(() => undefined);
  }
}
