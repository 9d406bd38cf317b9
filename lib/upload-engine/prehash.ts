import type { Hasher } from "./hasher.ts";
import { partRange, planParts } from "./plan.ts";

/** How many bytes are hashed before the files are sent: what takes a second or two. */
const MAX_BYTES = 1024 ** 3;

/**
 * Hashes the first parts of files that a person has picked and is about to send, while they still write their message.
 * A change of a file in between is detected as always: S3 refuses bytes that do not match their checksum.
 */
export class Prehash {
  readonly #hasher: Hasher;
  readonly #known = new WeakMap<Blob, Map<number, { partSize: number; crc: bigint }>>();
  #generation = 0;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /**
   * Hashes these files instead of those of the last call. `speed` in bytes per second decides the size of their parts
   * (`planParts`). Files of a single part are left out, because they are hashed quickly when they are sent.
   */
  async start(blobs: readonly Blob[], speed: number): Promise<void> {
    const generation = ++this.#generation;
    await this.#run(blobs, speed, () => generation === this.#generation).catch(() => undefined);
  }

  stop(): void {
    this.#generation++;
  }

  find(blob: Blob, part: number, partSize: number): bigint | undefined {
    const known = this.#known.get(blob)?.get(part);
    return known?.partSize === partSize ? known.crc : undefined;
  }

  async #run(blobs: readonly Blob[], speed: number, isWanted: () => boolean): Promise<void> {
    let bytes = 0;
    for (const blob of blobs) {
      const plan = planParts(blob.size, speed);
      if (plan.partCount === 1) continue;
      const known = this.#known.get(blob) ?? new Map();
      this.#known.set(blob, known);
      for (let part = 1; part <= plan.partCount; part++) {
        const { start, end } = partRange(plan, blob.size, part);
        bytes += end - start;
        if (!isWanted() || bytes > MAX_BYTES) return;
        if (known.has(part)) continue;
        const crc = await this.#hasher.hash(blob.slice(start, end), "");
        known.set(part, { partSize: plan.partSize, crc });
      }
    }
  }
}
