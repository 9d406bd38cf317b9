import { FILE_STATUSES, type FileStatus, fileStatusOf } from "./file-states.ts";

/**
 * What the files of a transfer are, in numbers: the one derivation that list, page, run, recipients, guests and mails use.
 * Counted from the files' rows; what has been reserved since they were counted is still to come.
 */

/** `bytes` is the sum of the files' sizes. */
export type Amount = { files: number; bytes: number };
export type FileNumbers = Record<FileStatus, Amount>;

export function noFiles(): FileNumbers {
  const none = () => ({ files: 0, bytes: 0 });
  return {
    coming: none(),
    checking: none(),
    ready: none(),
    blocked: none(),
    failed: none(),
    cancelled: none(),
    removed: none(),
  };
}

/** Counts one file more, in place. */
export function countFile(numbers: FileNumbers, file: { state: string; size: number }): void {
  const amount = numbers[fileStatusOf(file.state)];
  amount.files += 1;
  amount.bytes += file.size;
}

export function numbersOf(files: Iterable<{ state: string; size: number }>): FileNumbers {
  const numbers = noFiles();
  for (const file of files) countFile(numbers, file);
  return numbers;
}

const sum = (numbers: FileNumbers, stands: readonly FileStatus[]): Amount => ({
  files: stands.reduce((total, stand) => total + numbers[stand].files, 0),
  bytes: stands.reduce((total, stand) => total + numbers[stand].bytes, 0),
});

/** All that the sender means to send. */
export const expected = (numbers: FileNumbers): Amount =>
  sum(numbers, ["coming", "checking", "ready", "blocked", "failed"]);
/** What recipients have got, or will: the whole of which anyone's part is told. */
export const obtainable = (numbers: FileNumbers): Amount => sum(numbers, ["coming", "checking", "ready"]);
/** What is not decided upon. */
export const pending = (numbers: FileNumbers): Amount => sum(numbers, ["coming", "checking"]);
/** What was sent and nobody gets. */
export const withheld = (numbers: FileNumbers): Amount => sum(numbers, ["blocked", "failed"]);
/** Everything that was ever reserved. */
export const reserved = (numbers: FileNumbers): Amount => sum(numbers, FILE_STATUSES);

/** Percent of a whole, 0 to 100: never 100 before all is there, by files and by bytes, and never 0 of what is whole. */
export function percentOf(part: Amount, whole: Amount): number {
  if (part.files >= whole.files && part.bytes >= whole.bytes) return 100;
  const share = whole.bytes > 0 ? part.bytes / whole.bytes : part.files / Math.max(1, whole.files);
  return Math.max(0, Math.min(99, Math.floor(share * 100)));
}
