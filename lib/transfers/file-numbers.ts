import { type FileNumbers, noFiles, reserved } from "#lib/kernel/file-numbers.ts";
import type { TransferRow } from "./transfer.store.ts";

type Counted = Pick<TransferRow, "counted" | "nextOrdinal" | "state" | "fileCount" | "bytes">;

/**
 * A transfer's files in numbers, by its header: as last counted; files that were reserved since then are still to come.
 */
export function numbersIn({ counted, nextOrdinal, state, fileCount, bytes }: Counted): FileNumbers {
  // For a transfer that was finished before files were counted only this is known; the sweep counts its files.
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
