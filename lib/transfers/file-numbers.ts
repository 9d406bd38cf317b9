import { type FileNumbers, noFiles, reserved } from "#lib/kernel/file-numbers.ts";
import type { TransferRow } from "./transfer.store.ts";

type Counted = Pick<TransferRow, "counted" | "nextOrdinal" | "state" | "fileCount" | "bytes">;

/** What the files of a transfer are by its header: as they were counted, and what was reserved since is still to come. */
export function numbersIn({ counted, nextOrdinal, state, fileCount, bytes }: Counted): FileNumbers {
  // Of one that was finished before files were counted only this is known; the sweep counts it.
  if (!counted && state === "ready") return { ...noFiles(), ready: { files: fileCount, bytes } };
  const numbers = noFiles();
  for (const [stand, amount] of Object.entries(numbers)) {
    const { files = 0, bytes = 0 } = counted?.[stand as keyof FileNumbers] ?? {};
    Object.assign(amount, { files, bytes });
  }
  const known = reserved(numbers);
  const since = nextOrdinal - known.files;
  if (since > 0) {
    numbers.coming.files += since;
    numbers.coming.bytes += Math.max(0, bytes - known.bytes);
  }
  return numbers;
}
