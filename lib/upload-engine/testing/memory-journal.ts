import type { Journal, KeptChunk, KeptPart, KeptTransfer } from "../journal.ts";

/** A journal that outlives an engine, but not the process. It copies values, as IndexedDB does. */
export class MemoryJournal implements Journal {
  readonly transfers = new Map<string, KeptTransfer>();
  chunks: KeptChunk[] = [];
  parts: KeptPart[] = [];

  async write(changes: Parameters<Journal["write"]>[0]): Promise<void> {
    const { forget, transfers, chunks, parts } = structuredClone(changes);
    for (const id of forget) this.#forget(id);
    for (const transfer of transfers) this.transfers.set(transfer.id, transfer);
    const isNew = (old: KeptChunk) => chunks.some((c) => c.transferId === old.transferId && c.chunk === old.chunk);
    this.chunks = [...this.chunks.filter((chunk) => !isNew(chunk)), ...chunks].sort((a, b) => a.chunk - b.chunk);
    this.parts.push(...parts);
  }

  async list(): Promise<KeptTransfer[]> {
    return structuredClone([...this.transfers.values()]);
  }

  async read(id: string): ReturnType<Journal["read"]> {
    const transfer = this.transfers.get(id);
    const files = this.chunks.filter(({ transferId }) => transferId === id).flatMap((chunk) => chunk.files);
    const parts = this.parts.filter(({ transferId }) => transferId === id);
    return structuredClone({ ...(transfer ? { transfer } : {}), files, parts });
  }

  async clear(): Promise<void> {
    for (const id of [...this.transfers.keys()]) this.#forget(id);
  }

  #forget(id: string): void {
    this.transfers.delete(id);
    this.chunks = this.chunks.filter(({ transferId }) => transferId !== id);
    this.parts = this.parts.filter(({ transferId }) => transferId !== id);
  }
}
