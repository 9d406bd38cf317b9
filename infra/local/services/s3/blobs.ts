import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * The bytes of objects and parts: files with random names that never change once written. The index says which of them
 * are in use. A file that is being read is deleted after its last reader has finished, so no download breaks.
 */
export class Blobs {
  readonly #root: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  readonly #onRemoved: (names: string[]) => void;

  /** `onRemoved` gets the names of files that were removed from the disk, in batches. */
  constructor(dataDir: string, onRemoved: (names: string[]) => void) {
    this.#root = join(dataDir, "blobs");
    this.#onRemoved = onRemoved;
    mkdirSync(this.#root, { recursive: true });
  }

  /** Files are spread over 256 folders. */
  path(name: string): string {
    return join(this.#root, name.slice(0, 2), name);
  }

  newName(): string {
    return randomBytes(16).toString("hex");
  }

  async create(name: string): Promise<FileHandle> {
    const path = this.path(name);
    try {
      return await open(path, "wx", 0o600);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(dirname(path), { recursive: true });
      return open(path, "wx", 0o600);
    }
  }

  hold(names: readonly string[]): void {
    for (const name of names) this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
  }

  release(names: readonly string[]): void {
    const free: string[] = [];
    for (const name of names) {
      const left = (this.#readers.get(name) ?? 1) - 1;
      if (left > 0) this.#readers.set(name, left);
      else this.#readers.delete(name);
      if (left <= 0 && this.#doomed.delete(name)) free.push(name);
    }
    if (free.length > 0) void this.#unlinkAll(free);
  }

  /**
   * Removes files as soon as nobody reads them any more. Files that can't be removed stay in the journal for the next
   * start.
   */
  remove(names: readonly string[]): void {
    const free = names.filter((name) => !this.#readers.has(name));
    for (const name of names) if (this.#readers.has(name)) this.#doomed.add(name);
    if (free.length > 0) void this.#unlinkAll(free);
  }

  async #unlinkAll(names: readonly string[]): Promise<void> {
    for (let from = 0; from < names.length; from += 64) {
      const batch = names.slice(from, from + 64);
      const gone = await Promise.all(
        batch.map(async (name) => {
          try {
            await unlink(this.path(name));
            return true;
          } catch (error) {
            return isMissing(error);
          }
        }),
      );
      this.#onRemoved(batch.filter((_, index) => gone[index] === true));
    }
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
