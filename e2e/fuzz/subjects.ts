/** The readers that are tried: how each is called, what it may cost, and what it may answer. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readArchive } from "#lib/inspection/archive-task.ts";
import { detectType } from "#lib/inspection/detect-type.ts";
import { archiveLimits, documentLimits, mediaLimits, pictureLimits, textLimits } from "#lib/inspection/limits.ts";
import { listArchive } from "#lib/inspection/list-archive.ts";
import { makeDocument, makeText } from "#lib/inspection/make-document.ts";
import { makePicture } from "#lib/inspection/make-picture.ts";
import { readMedia } from "#lib/inspection/media-task.ts";
import { readOffice } from "#lib/inspection/office-task.ts";
import { readPdf } from "#lib/inspection/pdf-task.ts";
import { probeMedia } from "#lib/inspection/probe-media.ts";
import type { Made } from "#lib/inspection/source.ts";
import { memorySource } from "#lib/inspection/testing/memory-source.ts";
import { Unpreviewable } from "#lib/inspection/unpreviewable.ts";
import { type Content, contentOf } from "#lib/scanning/content.ts";
import { scanContent } from "#lib/scanning/scan-content.ts";
import type { Scanner } from "#lib/scanning/scanner.ts";
import { type Answer, WHY } from "#lib/scanning/verdict.ts";
import { findTools } from "#lib/transcoding/ffmpeg.ts";
import { planCopy } from "#lib/transcoding/plan.ts";
import { probeVideo } from "#lib/transcoding/probe.ts";
import { serveSource } from "#lib/transcoding/serve-source.ts";
import { VideoRefused } from "#lib/transcoding/transcoding.errors.ts";
import type { Kind } from "./seeds.ts";

/** Of each reader, in seconds, so that one that does not end costs little; the product's are several times as long. */
export const DEADLINE_SECONDS = 5;

/**
 * `called`: as the product calls it, with its thread or program. `inside`: what that thread runs, without it, so that
 * many more cases can be tried; absent where there is no thread. `mib`: the most by which the process may grow.
 */
type Subject = {
  called(bytes: Uint8Array, name: string): Promise<Outcome>;
  inside?(bytes: Uint8Array, name: string): Promise<Outcome>;
  mib: number;
};
export type Outcome = "preview" | "notice" | "refusal";

const seconds = DEADLINE_SECONDS;

export const SUBJECTS: Record<Kind, Subject> = {
  picture: { called: (bytes) => made(makePicture(memorySource(bytes), { limits: { seconds } })), mib: 1500 },
  text: { called: (bytes) => made(makeText(memorySource(bytes))), mib: 200 },
  pdf: {
    called: (bytes) => made(makeDocument(memorySource(bytes), "application/pdf", { limits: { seconds } })),
    inside: (bytes) => told((tell) => readPdf(memorySource(bytes), { ...documentLimits, seconds }, tell)),
    mib: documentLimits.processMib,
  },
  office: {
    called: (bytes) =>
      made(makeDocument(memorySource(bytes), "x/openxmlformats-officedocument", { limits: { seconds } })),
    inside: (bytes) => told((tell) => readOffice(memorySource(bytes), { ...documentLimits, seconds }, tell)),
    mib: documentLimits.processMib,
  },
  archive: {
    called: (bytes, name) => made(listArchive(memorySource(bytes), archiveType(name), { limits: { seconds } })),
    inside: (bytes, name) =>
      told((tell) => readArchive(memorySource(bytes), { ...archiveLimits, seconds, type: archiveType(name) }, tell)),
    mib: archiveLimits.processMib,
  },
  media: {
    called: (bytes, name) => made(probeMedia(memorySource(bytes), mediaType(name), { limits: { seconds } })),
    inside: (bytes) => told((tell) => readMedia(memorySource(bytes), { ...mediaLimits, seconds }, tell)),
    mib: mediaLimits.processMib,
  },
  scan: { called: scanned, mib: 500 },
  video: { called: probed, mib: 300 },
};

function archiveType(name: string): string {
  const types = { tar: "x-tar", tgz: "x-compressed-tar", gz: "gzip", zip: "zip" } as const;
  return `application/${types[/\w+$/.exec(name)?.[0] as keyof typeof types] ?? "zip"}`;
}
const mediaType = (name: string): string => (/(mp4|webm|mkv|ts|mov)$/.test(name) ? "video/mp4" : "audio/mpeg");

/** What a name and a look at its bytes say of a file: done for every one, before it goes to a reader. */
export async function detected(bytes: Uint8Array, name: string): Promise<void> {
  const { type, notice } = await detectType(memorySource(bytes), { name, declared: "application/octet-stream" });
  require(/^[\w.+-]{1,60}\/[\w.+-]{1,120}$/.test(type), `the type ${JSON.stringify(type)}`);
  requireSentence(notice);
}

class Unfit extends Error {}
function require(holds: boolean, what: string): void {
  if (!holds) throw new Unfit(`It answered ${what}.`);
}
/** One line for people, without characters that change how it is read. */
function requireSentence(text: string | undefined): void {
  if (text !== undefined) require(/^[^\p{C}]{1,400}$/u.test(text), `the sentence ${JSON.stringify(text)}`);
}

/** Whether what a reader made of a file is what its callers count on. Throws anything but its own refusal. */
async function made(making: Promise<Made>): Promise<Outcome> {
  try {
    const { renditions, facts, notice, is } = await making;
    requireFacts(facts);
    requireSentence(notice);
    if (is) require(/^(audio|video)\/[\w.+-]+$/.test(is.type), `the type ${is.type}`);
    for (const { name, type, body, width, height } of renditions) {
      const cap = CAPS[name];
      require(cap !== undefined && cap.type === type, `a rendition ${name} of the type ${type}`);
      require(body.length <= (cap?.bytes ?? 0), `${name} with ${body.length} bytes`);
      const sides = [width, height];
      if (cap?.side === undefined) require(sides.every((side) => side === undefined), `${name} with sides`);
      else {
        const fit = (side?: number) => Number.isInteger(side) && (side ?? 0) >= 1 && (side ?? 0) <= (cap.side ?? 0);
        require(sides.every(fit), `${name} of ${width} by ${height}`);
        const mark = Buffer.from(body.subarray(0, 12)).toString("latin1");
        require(/^RIFF.{4}WEBP$/s.test(mark), `${name}, which is no WebP`);
      }
      if (name === "entries.json") requireListing(JSON.parse(Buffer.from(body).toString()));
      if (name === "text.txt") new TextDecoder("utf-8", { fatal: true }).decode(body);
    }
    return notice ? "notice" : "preview";
  } catch (error) {
    return refused(error, Unpreviewable);
  }
}

const WEBP_BYTES = 4 * 1024 ** 2;
const CAPS: Record<string, { type: string; bytes: number; side?: number }> = {
  "thumb.webp": { type: "image/webp", bytes: WEBP_BYTES, side: pictureLimits.thumbPixels },
  "view.webp": { type: "image/webp", bytes: WEBP_BYTES, side: pictureLimits.viewPixels },
  "page-1.webp": { type: "image/webp", bytes: WEBP_BYTES, side: documentLimits.pagePixels },
  "text.txt": { type: "text/plain", bytes: Math.max(documentLimits.textBytes, textLimits.bytes) },
  "entries.json": { type: "application/json", bytes: WEBP_BYTES },
};

function requireFacts(facts: object): void {
  const most: Record<string, number> = { width: 1e8, height: 1e8, seconds: 1e9, pages: 1e9, entries: 1e12 };
  for (const [name, value] of Object.entries(facts)) {
    const least = name === "width" || name === "height" ? 1 : 0;
    const whole = name === "seconds" || Number.isSafeInteger(value);
    require(whole && value >= least && value <= (most[name] ?? -1), `${name}: ${value}`);
  }
}

function requireListing({ entries, total }: { entries: { path: string; size?: number }[]; total: number }): void {
  require(entries.length <= archiveLimits.listed &&
    Number.isSafeInteger(total), `${entries.length} entries of ${total}`);
  for (const { path, size = 0 } of entries) require(path.length <= 1024 && size >= 0, `an entry of ${size} bytes`);
}

/** In one sentence, with facts that are such. */
function refused(error: unknown, Kind: typeof Unpreviewable | typeof VideoRefused): Outcome {
  if (!(error instanceof Kind)) throw error;
  require(/^[A-Z].*\.$/s.test(error.message), `the refusal ${JSON.stringify(error.message)}`);
  requireSentence(error.message);
  if (error instanceof Unpreviewable) requireFacts(error.facts);
  return "refusal";
}

/** The same of what runs in a thread, as far as it shows there. */
async function told(read: (tell: (piece: object) => void) => Promise<void>): Promise<Outcome> {
  let pieces = 0;
  try {
    await read(() => {
      pieces++;
    });
    return pieces > 0 ? "preview" : "notice";
  } catch (error) {
    return refused(error, Unpreviewable);
  }
}

/** A scanner that sees nothing, so that our own readers open all they can. */
const blind = {
  async scan(open: (ending: AbortSignal) => AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Answer> {
    let bytes = 0;
    for await (const chunk of open(signal)) bytes += chunk.length;
    return bytes % 3 === 0 ? { scan: "unseen", why: WHY.beyond } : { scan: "unseen", why: WHY.packed };
  },
};

async function scanned(bytes: Uint8Array): Promise<Outcome> {
  const folder = join(process.cwd(), "spool");
  mkdirSync(folder, { recursive: true });
  const source = memorySource(bytes);
  const content = contentOf({ ...source, stream: source.stream }) as Content & {
    ranges: NonNullable<Content["ranges"]>;
  };
  // Guarantee: nothing of a scanner but this method is used.
  const scanner = blind as unknown as Scanner;
  const limits = { seconds, windowBytes: 64 * 1024, overlapBytes: 4096, freeBytes: 256 * 1024 ** 2, entries: 2000 };
  const verdict = await scanContent(scanner, content, { folder, signal: new AbortController().signal, limits });
  require(readdirSync(folder).length === 0, "and left something on the disk");
  if (verdict.scan === "unscannable") requireSentence(verdict.why);
  return verdict.scan === "clean" ? "preview" : "refusal";
}

async function probed(bytes: Uint8Array): Promise<Outcome> {
  const tools = findTools();
  if (!tools) throw new Error("ffmpeg is not installed here.");
  const served = await serveSource(memorySource(bytes));
  const options = { folder: process.cwd(), deadlineMs: seconds * 1000, signal: new AbortController().signal };
  try {
    const video = await probeVideo(tools, served.url, options);
    const { width, height } = video.picture;
    requireFacts({ width, height, ...(video.seconds === undefined ? {} : { seconds: video.seconds }) });
    planCopy(video, "video/mp4");
    return "preview";
  } catch (error) {
    return refused(error, VideoRefused);
  } finally {
    served.close();
  }
}
