import { appendFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Journal, KeptChunk, KeptFile, KeptPart, KeptTransfer } from "#lib/upload-engine/journal.ts";
import { writeAtomically } from "./write-atomically.ts";

const TRANSFER = "transfer.json";
const PARTS = "parts.jsonl";
const CHUNK = /^files-(\d+)\.json$/;

/**
 * The journal in a folder, which has a folder for each transfer: `transfer.json`, `files-<chunk>.json`, and `parts.jsonl`
 * with a line for each part that S3 has. Lines are only appended, so that a file of ten thousand parts is not written
 * again and again; of a line that a crash has torn nothing is used. Whatever can't be read counts as not there: S3 and
 * the app are asked instead.
 */
export function fileJournal(folder: string): Journal & { settled(): Promise<void> } {
  const folderOf = (id: string) => join(folder, requireName(id));
  let last: Promise<unknown> = Promise.resolve();

  async function write({ forget, transfers, chunks, parts }: Parameters<Journal["write"]>[0]): Promise<void> {
    for (const id of forget) await rm(folderOf(id), { recursive: true, force: true });
    const ids = new Set([...transfers.map(({ id }) => id), ...[...chunks, ...parts].map((kept) => kept.transferId)]);
    for (const id of ids) await mkdir(folderOf(id), { recursive: true, mode: 0o700 });
    for (const chunk of chunks)
      await writeAtomically(join(folderOf(chunk.transferId), `files-${chunk.chunk}.json`), JSON.stringify(chunk));
    for (const id of new Set(parts.map(({ transferId }) => transferId))) {
      const lines = parts.filter(({ transferId }) => transferId === id).map((part) => `${JSON.stringify(part)}\n`);
      // The first line break ends a line that a crash has torn.
      await appendFile(join(folderOf(id), PARTS), `\n${lines.join("")}`, { mode: 0o600 });
    }
    for (const transfer of transfers)
      await writeAtomically(join(folderOf(transfer.id), TRANSFER), JSON.stringify(transfer));
  }

  const readTransfer = (id: string) => readJson(join(folderOf(id), TRANSFER), isTransfer);

  return {
    write(changes) {
      const writing = write(changes);
      last = writing.catch(() => undefined);
      return writing;
    },
    async list() {
      const transfers = await Promise.all((await namesIn(folder)).filter(isName).map(readTransfer));
      return transfers.filter((transfer) => transfer !== undefined).sort((a, b) => a.beganAt - b.beganAt);
    },
    async read(id) {
      const transfer = await readTransfer(id);
      const files = await readChunks(folderOf(id));
      if (!files) return { ...(transfer ? { transfer } : {}), files: [], parts: [] };
      return { ...(transfer ? { transfer } : {}), files, parts: await readParts(join(folderOf(id), PARTS)) };
    },
    async clear() {
      await rm(folder, { recursive: true, force: true });
    },
    settled: async () => void (await last),
  };
}

const isName = (name: string) => /^[\w-]+$/.test(name);

function requireName(id: string): string {
  if (!isName(id)) throw new RangeError(`“${id}” is not the id of a transfer.`);
  return id;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Undefined if the file is not there, or not what it should be. */
async function readJson<T>(path: string, is: (value: unknown) => value is T): Promise<T | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when any chunk is missing or broken: parts name their file by its position among all. */
async function readChunks(folder: string): Promise<KeptFile[] | undefined> {
  const numbers = (await namesIn(folder)).flatMap((name) => CHUNK.exec(name)?.[1] ?? []).map(Number);
  const files: KeptFile[] = [];
  for (let number = 0; number < numbers.length; number++) {
    const chunk = await readJson(join(folder, `files-${number}.json`), isChunk);
    if (!chunk) return undefined;
    files.push(...chunk.files);
  }
  return files;
}

async function readParts(path: string): Promise<KeptPart[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const part: unknown = JSON.parse(line);
      return isPart(part) ? part : [];
    } catch {
      return [];
    }
  });
}

type Unknown = Record<string, unknown>;
const isRecord = (value: unknown): value is Unknown => typeof value === "object" && value !== null;

const isTransfer = (value: unknown): value is KeptTransfer =>
  isRecord(value) && typeof value.id === "string" && typeof value.beganAt === "number";

const isChunk = (value: unknown): value is KeptChunk =>
  isRecord(value) && Array.isArray(value.files) && value.files.every(isFile);

const isFile = (value: unknown): value is KeptFile =>
  isRecord(value) &&
  typeof value.path === "string" &&
  typeof value.type === "string" &&
  Number.isSafeInteger(value.size) &&
  Number.isSafeInteger(value.partSize) &&
  Number(value.partSize) > 0;

const isPart = (value: unknown): value is KeptPart =>
  isRecord(value) &&
  Number.isSafeInteger(value.file) &&
  Number.isSafeInteger(value.part) &&
  typeof value.crc === "string" &&
  /^[0-9a-f]{16}$/.test(value.crc);
