import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGunzip, createInflateRaw, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import { type ArchiveFormat, archiveFormatOf, HEAD_BYTES, TAIL_BYTES } from "./archive-formats.ts";
import { MAX_SCANNED_BYTES } from "./clamd-config.ts";
import { type Content, contentOf, diskRanges, partOf, type Ranges, writeDown } from "./content.ts";
import { type ScanLimits, scanLimits } from "./scan-limits.ts";
import type { Scanner } from "./scanner.ts";
import { SourceFailed } from "./scanning.errors.ts";
import { TarDamaged, tarParts } from "./tar-entries.ts";
import { type Answer, unscannable, type Verdict, WHY } from "./verdict.ts";
import { windowsOf } from "./windows.ts";
import { crowdedZip, type PackedEntry, plainZip, readZip, ZipDamaged, ZipUnlisted } from "./zip-entries.ts";

export type ScanOptions = {
  /** A folder for content that must be on disk. */
  folder: string;
  signal: AbortSignal;
  limits?: Partial<ScanLimits>;
  /** Receives the file's own bytes in order, once, while they are scanned. */
  onBytes?: (chunk: Uint8Array) => void;
};

/** A limit was exceeded, or the content is invalid: the file is unscannable for that reason. */
class NotScannable extends Error {
  readonly why: string;
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.why = why;
  }
}

/**
 * Scans a file as a whole, or in windows if it is too large for one. If clamd could not see everything, archives are
 * scanned entry by entry with our own readers. Only content that was scanned is reported as clean.
 */
export async function scanContent(
  scanner: Scanner,
  file: Content & { ranges: Ranges },
  options: ScanOptions,
): Promise<Verdict> {
  const { seconds, bytesPerSecond } = { ...scanLimits, ...options.limits };
  const deadline = AbortSignal.timeout(Math.ceil(1000 * (seconds + file.ranges.size / bytesPerSecond)));
  const signal = AbortSignal.any([options.signal, deadline]);
  try {
    return await new ContentScanner(scanner, { ...options, signal }, file.ranges.size).scan(file, 0, options.onBytes);
  } catch (error) {
    options.signal.throwIfAborted();
    if (deadline.aborted) return unscannable(WHY.slow);
    throw error;
  }
}

/** Overlap of windows that end before the end of a zip, which is 22 bytes and a comment. */
const SHORT_OVERLAP = 4096;

type ScannedBytes = { answer: Answer; kind: ArchiveFormat | undefined; windows: number };

class ContentScanner {
  readonly #scanner: Scanner;
  readonly #options: ScanOptions;
  readonly #limits: ScanLimits;
  readonly #fileBytes: number;
  readonly #id = randomUUID();
  #entries = 0;
  #unpacked = 0;
  #spools = 0;

  constructor(scanner: Scanner, options: ScanOptions, fileBytes: number) {
    this.#scanner = scanner;
    this.#options = options;
    this.#limits = { ...scanLimits, ...options.limits };
    this.#fileBytes = fileBytes;
  }

  async scan(content: Content, depth: number, onBytes?: (chunk: Uint8Array) => void): Promise<Verdict> {
    try {
      return await this.#scanAtDepth(content, depth, onBytes);
    } catch (error) {
      const given = toNotScannable(error);
      if (given instanceof NotScannable) return unscannable(given.why);
      throw error;
    }
  }

  async #scanAtDepth(
    content: Content,
    depth: number,
    onBytes: ((chunk: Uint8Array) => void) | undefined,
  ): Promise<Verdict> {
    const { answer, kind, windows } = await this.#scanBytes(content, onBytes);
    if (answer.scan === "infected") return answer;
    if (answer.scan === "clean" && windows === 1) return answer;
    const why = answer.scan === "unseen" ? answer.why : undefined;
    if (kind === "unopened") return unscannable(why ?? WHY.large);
    if (!kind) {
      // A large file that is no archive: a match in the middle of it is a coincidence.
      const clean = why === undefined || (windows > 1 && isOwnSignature(why));
      return clean ? { scan: "clean", inParts: true } : unscannable(why);
    }
    if (depth >= this.#limits.depth) throw new NotScannable(WHY.deep);
    const verdict = await this.#open(kind, content, depth);
    // Something in it is encrypted, and our readers did not find it.
    if (verdict.scan === "clean" && why === WHY.encrypted) return unscannable(why);
    return verdict.scan === "clean" ? { scan: "clean", inParts: true } : verdict;
  }

  /** Scans all of its bytes as they are. */
  async #scanBytes(content: Content, onBytes: ((chunk: Uint8Array) => void) | undefined): Promise<ScannedBytes> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    let head = Buffer.alloc(0);
    let tail = Buffer.alloc(0);
    async function* watched() {
      for await (const chunk of content.open(signal)) {
        if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
        tail =
          chunk.length >= TAIL_BYTES
            ? Buffer.from(chunk.subarray(-TAIL_BYTES))
            : Buffer.concat([tail.subarray(-(TAIL_BYTES - chunk.length)), chunk]);
        onBytes?.(chunk);
        yield chunk;
      }
    }
    const source = watched();
    const crowded = content.ranges && (await crowdedZip(content.ranges, this.#limits.windowBytes));
    const cut = crowded
      ? windowsOf(source, crowded, Math.min(SHORT_OVERLAP, crowded - 1))
      : windowsOf(source, await this.#windowFor(content), this.#limits.overlapBytes);
    let answer: Answer = { scan: "clean" };
    let windows = 0;
    try {
      for (let window = await cut.next(); window; window = await cut.next()) {
        const chunks = window;
        const one = await this.#scanner.scan((ending) => {
          ending.addEventListener("abort", () => stop.abort(ending.reason), { once: true });
          return chunks;
        }, this.#options.signal);
        windows++;
        if (one.scan === "infected") return { answer: one, kind: undefined, windows };
        // The worst answer is kept: a match of our own signatures in a window may be a coincidence.
        if (one.scan === "unseen" && (answer.scan !== "unseen" || isOwnSignature(answer.why))) answer = one;
      }
    } finally {
      stop.abort();
      await source.return(undefined).catch(() => undefined); // what ended it is told already
    }
    return { answer, kind: archiveFormatOf(head, tail), windows };
  }

  /** Size of a window in bytes. Content that our readers can't open is not split, if clamd accepts it whole. */
  async #windowFor({ ranges }: Content): Promise<number> {
    const { unopenedBytes } = this.#limits;
    const windowBytes = Math.min(this.#limits.windowBytes, MAX_SCANNED_BYTES);
    if (!ranges || ranges.size <= windowBytes || ranges.size > unopenedBytes) return windowBytes;
    const head = Buffer.from(await ranges.read(0, Math.min(HEAD_BYTES, ranges.size)));
    const tail = Buffer.from(await ranges.read(Math.max(0, ranges.size - HEAD_BYTES), ranges.size));
    return archiveFormatOf(head, tail) === "unopened" ? unopenedBytes : windowBytes;
  }

  async #open(kind: Exclude<ArchiveFormat, "unopened">, content: Content, depth: number): Promise<Verdict> {
    if (kind === "zip") {
      return await this.#withRanges(content, (ranges) => this.#openZip(ranges, depth));
    }
    if (kind === "tar") return await this.#openTar(content, depth);
    const unpack = kind === "gzip" ? createGunzip : createZstdDecompress;
    const inner: Content = { open: (signal) => this.#unpack(unpack(), content.open(signal)) };
    return await this.scan(inner, depth + 1);
  }

  /** Passes the content's own ranges, or if it has none, ranges of a copy on disk. */
  async #withRanges<T>(content: Content, work: (ranges: Ranges) => Promise<T>): Promise<T> {
    if (content.ranges) return await work(content.ranges);
    return await this.#onDisk(content.open(this.#options.signal), async (ranges, size) => {
      if (ranges.size < size) throw new NotScannable(WHY.nestedLarge);
      return await work(ranges);
    });
  }

  /** Stores a stream on disk during the work; only its beginning if it is longer than the space for it. */
  async #onDisk<T>(chunks: AsyncIterable<Uint8Array>, work: (ranges: Ranges, size: number) => Promise<T>): Promise<T> {
    const path = join(this.#options.folder, `unpacked-${this.#id}-${this.#spools++}`);
    const { spoolBytes } = this.#limits;
    try {
      const size = await writeDown(chunks, path, spoolBytes, this.#options.signal);
      return await work(diskRanges(path, Math.min(size, spoolBytes)), size);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #openZip(ranges: Ranges, depth: number): Promise<Verdict> {
    const left = this.#limits.entries - this.#entries;
    const entries = await readZip(ranges, left).catch((error: unknown) => {
      if (error instanceof RangeError) throw new NotScannable(WHY.many, { cause: error });
      if (error instanceof ZipDamaged) throw new NotScannable(WHY.damaged, { cause: error });
      if (error instanceof ZipUnlisted) throw new NotScannable(WHY.unlisted, { cause: error });
      throw error;
    });
    let found: Verdict = { scan: "clean" };
    for (const entry of entries) {
      this.#count();
      const verdict = await this.#lookAtEntry(ranges, entry, depth);
      if (verdict.scan === "infected") return verdict;
      if (found.scan === "clean") found = verdict;
    }
    return found;
  }

  async #lookAtEntry(ranges: Ranges, entry: PackedEntry, depth: number): Promise<Verdict> {
    if (entry.encrypted) return unscannable(WHY.encrypted);
    const packed = partOf(ranges, entry.start, entry.start + entry.packed);
    const { method } = entry;
    if (method === 0) return await this.scan(packed, depth + 1);
    const unpack = method === 8 ? createInflateRaw : method === 93 ? createZstdDecompress : undefined;
    if (unpack) {
      const open = (signal: AbortSignal) => this.#unpack(unpack(), packed.open(signal), entry.size);
      return await this.scan({ open }, depth + 1);
    }
    // clamd unpacks Deflate64, bzip2 and implode, if it gets the entry in a zip of its own.
    const large = Math.max(entry.packed, entry.size) > MAX_SCANNED_BYTES;
    if (large || ![6, 9, 12].includes(method)) return unscannable(WHY.packed);
    const { before, after } = plainZip(entry);
    const answer = await this.#scanner.scan(async function* (signal) {
      yield before;
      yield* packed.open(signal);
      yield after;
    }, this.#options.signal);
    return answer.scan === "unseen" ? unscannable(answer.why) : answer;
  }

  async #openTar(content: Content, depth: number): Promise<Verdict> {
    const { ranges } = content;
    let found: Verdict = { scan: "clean" };
    if (ranges) {
      for await (const { start, end } of tarParts(ranges)) {
        this.#count();
        const verdict = await this.scan(partOf(ranges, start, end), depth + 1);
        if (verdict.scan === "infected") return verdict;
        if (found.scan === "clean") found = verdict;
      }
      return found;
    }
    const tar = extract();
    const input = Readable.from(content.open(this.#options.signal));
    input.once("error", (error) => tar.destroy(error));
    input.pipe(tar);
    // Without this a reader that waits would not notice the abort.
    const { signal } = this.#options;
    const end = () => void tar.destroy(signal.reason as Error);
    signal.addEventListener("abort", end, { once: true });
    try {
      for await (const entry of tar) {
        // An invalid binary number: the reader would wait for as many bytes for ever.
        if (!Number.isSafeInteger(entry.header.size)) throw new NotScannable(WHY.damaged);
        if (entry.header.size === 0) {
          entry.resume();
          continue;
        }
        this.#count();
        const verdict: Verdict = await this.#onDisk(bytesOf(entry), (ranges, size) =>
          this.#scanSpooled(ranges, size, depth),
        );
        if (verdict.scan === "infected") return verdict;
        if (found.scan === "clean") found = verdict;
      }
    } finally {
      signal.removeEventListener("abort", end);
      input.destroy();
      tar.destroy();
    }
    return found;
  }

  async #scanSpooled(ranges: Ranges, size: number, depth: number): Promise<Verdict> {
    if (ranges.size === size) return await this.scan(contentOf(ranges), depth + 1);
    // Its bytes were scanned with those of the tar, but it is an archive that was not opened.
    const head = Buffer.from(await ranges.read(0, HEAD_BYTES));
    return archiveFormatOf(head, Buffer.alloc(0)) ? unscannable(WHY.nestedLarge) : { scan: "clean" };
  }

  #count(): void {
    this.#options.signal.throwIfAborted();
    this.#entries++;
    if (this.#entries > this.#limits.entries) throw new NotScannable(WHY.many);
  }

  /** Unpacks a stream. Throws NotScannable if it has more bytes than its size, or more than the limits allow. */
  async *#unpack(
    unpack: NodeJS.ReadWriteStream & { destroy(error?: Error): void },
    chunks: AsyncIterable<Uint8Array>,
    size = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<Uint8Array> {
    const input = Readable.from(chunks);
    input.once("error", (error) => unpack.destroy(error));
    input.pipe(unpack);
    let got = 0;
    try {
      for await (const bytes of bytesOf(unpack)) {
        got += bytes.length;
        if (got > size) throw new NotScannable(WHY.damaged);
        this.#countUnpacked(bytes.length);
        yield bytes;
      }
    } finally {
      input.destroy();
      unpack.destroy();
    }
    if (Number.isFinite(size) && got < size) throw new NotScannable(WHY.damaged);
  }

  #countUnpacked(bytes: number): void {
    this.#unpacked += bytes;
    const { ratio, freeBytes, unpackedBytes } = this.#limits;
    if (this.#unpacked > unpackedBytes || this.#unpacked > freeBytes + ratio * this.#fileBytes)
      throw new NotScannable(WHY.bomb);
  }
}

/** Guarantee: nobody has set an encoding or object mode, so the chunks are bytes. */
const bytesOf = (stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> => stream as AsyncIterable<Uint8Array>;

/** Whether our own signatures caused the answer, and not a limit of clamd. */
const isOwnSignature = (why: string): boolean => why === WHY.packed || why === WHY.encrypted;

/** NotScannable if the error is about the file's content, which its cause may tell; otherwise the error itself. */
function toNotScannable(error: unknown): unknown {
  const cause = error instanceof SourceFailed ? error.cause : error;
  if (cause instanceof NotScannable || !(cause instanceof Error)) return cause;
  const ofZlib = "code" in cause && /^(Z_|ERR_ZSTD|ZSTD_)/.test(String(cause.code));
  const ofTar =
    cause instanceof TarDamaged ||
    /tar header|Unexpected end of data|^Invalid header$|^Header exceeds max size$/i.test(cause.message);
  return ofZlib || ofTar ? new NotScannable(WHY.damaged, { cause }) : error;
}
