import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FileBroken } from "#lib/download-engine/errors.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { Crc64 } from "#lib/upload-engine/crc64-lanes.ts";
import { combineParts, crcFromHex, crcToBase64, crcToHex } from "#lib/upload-engine/crc64nvme.ts";
import { writeAtomically } from "../platform/write-atomically.ts";
import type { RangeReader } from "./range-reader.ts";

/** What an interrupted download leaves: the bytes, and which of their ranges are there. */
const PART = ".dormouse-part";
const STATE = ".dormouse-part.json";
export const PARTIAL = /\.dormouse-part(\.json)?$/i;

/** What is fetched by one request, and lost by an interruption at most. */
const RANGE_BYTES = 16 * 1024 ** 2;
/** What is written by one call of the system. */
const WRITE_BYTES = 256 * 1024;

type Described = { size: number; lastModified?: number };

/** `ranges`: CRC64NVME in hexadecimal digits by number, from 0. */
type State = { size: number; crc64: string; ranges: Record<string, string> };

type Tools = { crc: Crc64; buffer: Uint8Array<ArrayBuffer> };
const idle: Tools[] = [];
const takeTools = (): Tools => idle.pop() ?? { crc: new Crc64(), buffer: new Uint8Array(WRITE_BYTES) };

/** Takes part of the connections for some work. */
type Use = (work: () => Promise<void>) => Promise<void>;

/** One file that is written to the disk, from ranges in any order. */
export class WrittenFile {
  readonly #disk: string;
  readonly #file: Described;
  readonly #force: boolean;
  readonly #reader: RangeReader;

  constructor(disk: string, file: Described, { force, reader }: { force: boolean; reader: RangeReader }) {
    this.#disk = disk;
    this.#file = file;
    this.#force = force;
    this.#reader = reader;
  }

  /**
   * Whether the file is there already: of the same length and checksum, or date where there is no checksum. Rejects with
   * FileExists when another one is there and must not be replaced.
   */
  async isSame(): Promise<boolean> {
    const stats = await lstat(this.#disk).catch((error: unknown) => {
      if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw asWriteError(error, this.#disk);
    });
    if (!stats) return false;
    if (stats.isFile() && stats.size === this.#file.size && (await this.#hasSameContent(stats.mtimeMs))) return true;
    if (!this.#force || stats.isDirectory()) throw new FileExists(this.#disk);
    return false;
  }

  async #hasSameContent(mtimeMs: number): Promise<boolean> {
    const { size, lastModified } = this.#file;
    if (size === 0) return true;
    const promised = await this.#reader.checksum();
    if (promised === undefined) return lastModified !== undefined && Math.abs(mtimeMs - lastModified) < 2;
    const file = await open(this.#disk, "r");
    try {
      return crcToBase64(await crcOf(file, 0, size)) === promised;
    } finally {
      await file.close();
    }
  }

  /** Fetches what is missing. `onBytes` is told of the bytes that are there, those of an earlier call as well. */
  async write(use: Use, onBytes: (bytes: number) => void): Promise<void> {
    const { size, lastModified } = this.#file;
    try {
      await mkdir(dirname(this.#disk), { recursive: true });
      const state = await this.#readState();
      const file = await open(this.#disk + PART, FLAGS | (state ? 0 : constants.O_TRUNC), 0o666);
      try {
        const crcs = size === 0 ? [] : await this.#fetch(file, state, use, onBytes);
        const last = size - (crcs.length - 1) * RANGE_BYTES;
        await this.#reader.requireChecksum(combineParts(crcs, RANGE_BYTES, last)).catch(async (error: unknown) => {
          if (error instanceof FileBroken) await this.#forget();
          throw error;
        });
        const date = lastModified === undefined ? new Date() : new Date(lastModified);
        await file.utimes(date, date);
      } finally {
        await file.close();
      }
      // Something may have come there meanwhile.
      if (!this.#force && (await lstat(this.#disk).catch(() => undefined))) throw new FileExists(this.#disk);
      await rename(this.#disk + PART, this.#disk);
      await rm(this.#disk + STATE, { force: true });
    } catch (error) {
      // Of what is not said to be there no later call could make use. The disk's first error is the one that is told.
      if (!(await this.#readState().catch(() => undefined))) await this.#forget().catch(() => undefined);
      throw asWriteError(error, this.#disk);
    }
  }

  async #fetch(
    file: FileHandle,
    state: State | undefined,
    use: Use,
    onBytes: (bytes: number) => void,
  ): Promise<bigint[]> {
    const { size } = this.#file;
    const count = Math.ceil(size / RANGE_BYTES);
    const crcs: bigint[] = [];
    const known: State["ranges"] = {};
    const crc64 = count > 1 ? ((await this.#reader.checksum()) ?? "") : "";
    let saving = Promise.resolve();
    const save = (index: number, crc: bigint) => {
      crcs[index] = crc;
      known[index] = crcToHex(crc);
      if (count > 1)
        saving = saving.then(() =>
          writeAtomically(this.#disk + STATE, JSON.stringify({ size, crc64, ranges: known } satisfies State)),
        );
      return saving;
    };
    let isBroken = false;
    const range = async (index: number) => {
      // The first failure is the one that is told.
      if (isBroken) return;
      const from = index * RANGE_BYTES;
      const to = Math.min(size, from + RANGE_BYTES);
      const old = state?.crc64 === crc64 ? state.ranges[index] : undefined;
      // Read once more: after a crash of the system the bytes may not have come to the disk.
      if (old !== undefined && (await crcOf(file, from, to)) === crcFromHex(old)) {
        onBytes(to - from);
        return save(index, crcFromHex(old));
      }
      await save(index, await this.#fetchRange(file, from, to, onBytes));
    };
    const guarded = (index: number) =>
      use(() => range(index)).catch((error: unknown) => {
        isBroken = true;
        throw error;
      });
    const outcomes = await Promise.allSettled(Array.from({ length: count }, (_, index) => guarded(index)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) throw failed.reason;
    return crcs;
  }

  async #fetchRange(file: FileHandle, from: number, to: number, onBytes: (bytes: number) => void): Promise<bigint> {
    const tools = takeTools();
    const { crc, buffer } = tools;
    crc.reset();
    let filled = 0;
    let at = from;
    const flush = async () => {
      crc.update(buffer.subarray(0, filled));
      await writeAll(file, buffer.subarray(0, filled), at);
      onBytes(filled);
      at += filled;
      filled = 0;
    };
    await this.#reader.read(from, to, async (chunk) => {
      for (let taken = 0; taken < chunk.length; ) {
        const piece = chunk.subarray(taken, taken + buffer.length - filled);
        buffer.set(piece, filled);
        filled += piece.length;
        taken += piece.length;
        if (filled === buffer.length) await flush();
      }
    });
    if (filled > 0) await flush();
    idle.push(tools);
    return crc.digest();
  }

  async #readState(): Promise<State | undefined> {
    try {
      const state: unknown = JSON.parse(await readFile(this.#disk + STATE, "utf8"));
      return isState(state) && state.size === this.#file.size ? state : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || isCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  async #forget(): Promise<void> {
    await rm(this.#disk + PART, { force: true });
    await rm(this.#disk + STATE, { force: true });
  }
}

/** A link in the place of an unfinished file is not followed. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** CRC64NVME of bytes `from` to `to`; of fewer where the file ends before. */
async function crcOf(file: FileHandle, from: number, to: number): Promise<bigint> {
  const tools = takeTools();
  const { crc, buffer } = tools;
  crc.reset();
  for (let at = from; at < to; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
    if (bytesRead === 0) break;
    crc.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  idle.push(tools);
  return crc.digest();
}

function isState(value: unknown): value is State {
  if (typeof value !== "object" || value === null || !("ranges" in value) || !("crc64" in value)) return false;
  const { ranges } = value;
  const isCrc = (crc: unknown) => typeof crc === "string" && /^[0-9a-f]{16}$/.test(crc);
  return typeof ranges === "object" && ranges !== null && Object.values(ranges).every(isCrc);
}

const isCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes(String((error as NodeJS.ErrnoException | undefined)?.code));

class FileExists extends VisibleError {
  constructor(disk: string) {
    super("FileExists", 409, `“${disk}” is there already, and is not the same. Move it, or replace it with --force.`);
  }
}

/** Nothing more can be written, whichever file it is. */
class WriteFailed extends VisibleError {}

export const isFatal = (error: unknown): boolean => error instanceof WriteFailed;

/** An error of the file system as a person should see it. */
function asWriteError(error: unknown, disk: string): unknown {
  if (error instanceof VisibleError || !(error instanceof Error) || !("syscall" in error)) return error;
  const options = { cause: error };
  if (isCode(error, "ENOSPC", "EDQUOT"))
    return new WriteFailed("DiskFull", 507, `There is no room left on the disk to write “${disk}”.`, options);
  if (isCode(error, "EACCES", "EPERM", "EROFS"))
    return new WriteFailed(
      "NotWritable",
      403,
      `“${disk}” can't be written: no permission, or a disk to read only.`,
      options,
    );
  if (isCode(error, "EEXIST", "ENOTDIR"))
    return new VisibleError("FileExists", 409, `A file is where a folder has to be, on the way to “${disk}”.`, options);
  return new VisibleError("NotWritten", 500, `“${disk}” could not be written: ${error.message}.`, options);
}
