/** Index and blobs together: bytes become loose files, and loose files become objects. */
import { createReadStream } from "node:fs";
import { Blobs } from "./blobs.ts";
import { BodyHashes, type Received, receiveBody } from "./body.ts";
import type { ChecksumAlgorithm } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { FileSink } from "./file-sink.ts";
import { Index, type ObjectCreated, type ObjectRow, type PartRow } from "./index-db.ts";
import { Outbox, type OutboxOptions } from "./outbox.ts";
import type { ObjectBody, S3Request } from "./request.ts";

export type Storage = {
  index: Index;
  blobs: Blobs;
  writes: ConditionalWrites;
  outbox: Outbox;
};

/** Opens the folder and removes unfinished files of a crash. */
export function openStorage(dataDir: string, outbox: OutboxOptions): Storage {
  const index = new Index(dataDir);
  const blobs = new Blobs(dataDir, (names) => {
    if (index.isOpen) index.forgetLoose(names);
  });
  blobs.remove(index.listLoose());
  return { index, blobs, writes: new ConditionalWrites(), outbox: new Outbox(index, outbox) };
}

/** A finished file that nothing refers to yet: pass it to `putPart` or to `discard`. */
export type LooseFile = Received & { file: string };

/** Streams a request's body to disk and verifies it. When it throws, no file is left. */
export function storeBody(
  storage: Storage,
  request: S3Request,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<LooseFile> {
  return writeLoose(storage, (sink) => receiveBody(request, sink, algorithm));
}

/** Copies bytes of stored objects into a new file, and hashes them. */
export function storeCopy(
  storage: Storage,
  source: ObjectBody,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<LooseFile> {
  return writeLoose(storage, async (sink) => {
    const hashes = await BodyHashes.create(algorithm);
    try {
      for (const slice of source.slices) {
        const range = { start: slice.start, end: slice.start + slice.length - 1, highWaterMark: 1024 * 1024 };
        for await (const chunk of createReadStream(slice.path, range) as AsyncIterable<Buffer>) {
          hashes.update(chunk);
          if (!sink.write(chunk)) await new Promise<void>((resolve) => sink.onDrain(resolve));
        }
      }
      if (hashes.size !== source.length) throw new S3Error("InternalError");
      await sink.finish();
      return hashes.digest();
    } finally {
      hashes.discard();
    }
  });
}

async function writeLoose(storage: Storage, fill: (sink: FileSink) => Promise<Received>): Promise<LooseFile> {
  const { index, blobs } = storage;
  const file = blobs.newName();
  index.addLoose(file);
  try {
    const handle = await blobs.create(file);
    const sink = new FileSink(handle);
    try {
      const received = await fill(sink);
      await handle.datasync();
      return { ...received, file };
    } finally {
      await sink.abandon();
      await handle.close();
    }
  } catch (error) {
    discard(storage, [file]);
    throw error;
  }
}

/** Removes loose files. */
export function discard(storage: Storage, files: readonly string[]): void {
  storage.blobs.remove(files);
}

/**
 * Makes a row the object of its key and stores the notification. The replaced files become loose. Inside a transaction;
 * returns the loose files.
 */
export function replaceObject(storage: Storage, row: ObjectRow, event: ObjectCreated): string[] {
  const before = storage.index.findObject(row.bucket, row.key);
  storage.index.putObject(row);
  storage.outbox.add(event, row);
  return before ? storage.index.dropParts(before.content) : [];
}

/** Deletes an object if it exists. `check` may refuse; then nothing changes. */
export function removeObject(
  storage: Storage,
  bucket: string,
  key: Buffer,
  check: (row: ObjectRow | undefined) => void = () => undefined,
): void {
  const { index } = storage;
  const files = index.transaction(() => {
    const row = index.findObject(bucket, key);
    check(row);
    if (!row) return undefined;
    index.deleteObject(bucket, key);
    index.noteConflicts(bucket, key);
    return index.dropParts(row.content);
  });
  if (!files) return;
  storage.writes.noteDelete(bucket, key);
  discard(storage, files);
}

/** Removes an unfinished upload with its parts. */
export function removeUpload(storage: Storage, id: string): void {
  const { index } = storage;
  const files = index.transaction(() => {
    index.deleteUpload(id);
    return index.dropParts(id);
  });
  discard(storage, files);
}

/** The bytes `start` to `end` (inclusive) of an object. The files are kept until `release`. */
export function openRange(storage: Storage, row: ObjectRow, start: number, end: number): ObjectBody {
  const parts = storage.index.listParts(row.content);
  const slices: ObjectBody["slices"] = [];
  const files: string[] = [];
  let offset = 0;
  for (const part of parts) {
    const from = Math.max(start, offset);
    const to = Math.min(end, offset + part.size - 1);
    if (from <= to) {
      files.push(part.file);
      slices.push({
        path: storage.blobs.path(part.file),
        size: part.size,
        start: from - offset,
        length: to - from + 1,
      });
    }
    offset += part.size;
  }
  storage.blobs.hold(files);
  let held = true;
  const release = (): void => {
    if (held) storage.blobs.release(files);
    held = false;
  };
  return { length: Math.max(0, end - start + 1), slices, release };
}

/** The part rows of a file that was put in one piece. */
export const singlePart = (loose: LooseFile, etag: string, modified: number): PartRow => ({
  number: 1,
  file: loose.file,
  size: loose.size,
  etag,
  modified,
  checksum: loose.checksum,
});

/**
 * Knows which conditional writes are running, so that a write whose object was deleted meanwhile gets a conflict ("How
 * to prevent object overwrites with conditional writes" in the user guide).
 */
export class ConditionalWrites {
  readonly #underWay = new Map<string, Set<{ conflict: boolean }>>();

  async run<T>(bucket: string, key: Buffer, work: (write: { readonly conflict: boolean }) => Promise<T>): Promise<T> {
    const name = `${bucket}/${key.toString("latin1")}`;
    const write = { conflict: false };
    const writes = this.#underWay.get(name) ?? new Set();
    this.#underWay.set(name, writes.add(write));
    try {
      return await work(write);
    } finally {
      writes.delete(write);
      if (writes.size === 0) this.#underWay.delete(name);
    }
  }

  noteDelete(bucket: string, key: Buffer): void {
    for (const write of this.#underWay.get(`${bucket}/${key.toString("latin1")}`) ?? []) write.conflict = true;
  }
}
