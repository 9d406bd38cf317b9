import { expected, type FileNumbers, pending, withheld } from "./file-numbers.ts";
import { partInWords } from "./file-words.ts";
import { formatCount } from "./format.ts";

/** How a transfer stands, in the one word that list, page, run and mail use. Derived from its state and its files. */
export const TRANSFER_STATUSES = [
  "empty",
  "uploading",
  "checking",
  "ready",
  "partly blocked",
  "blocked",
  "failed",
  "cancelled",
  "expired",
  "deleted",
] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

export const STATUS_LABELS: Record<TransferStatus, string> = {
  empty: "Empty",
  uploading: "Uploading",
  checking: "Being checked",
  ready: "Ready",
  "partly blocked": "Partly blocked",
  blocked: "Blocked",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Expired",
  deleted: "Deleted",
};

/** `state`: as stored, `expired` derived. What is still sent or checked goes before what was decided. */
export function statusOf(state: string, numbers: FileNumbers): TransferStatus {
  if (state === "deleted" || state === "expired") return state;
  const { ready, blocked, failed, cancelled } = numbers;
  if (expected(numbers).files === 0) return cancelled.files > 0 ? "cancelled" : "empty";
  if (state === "draft" || state === "uploading") return "uploading";
  if (pending(numbers).files > 0) return "checking";
  if (ready.files > 0) return withheld(numbers).files > 0 ? "partly blocked" : "ready";
  if (blocked.files > 0) return "blocked";
  return failed.files > 0 ? "failed" : "empty";
}

/** Whether looking again soon may show something new. */
export const isInMotion = (status: TransferStatus): boolean => status === "uploading" || status === "checking";

const number = (files: number): string => files.toLocaleString("en-US");
const count = (files: number): string => formatCount(files, "file");

const REST = ["coming", "checking", "blocked", "failed", "removed"] as const;

/** What became, or becomes, of the files that nobody can have now. */
function rest({ coming, checking, blocked, failed, removed }: FileNumbers): string[] {
  const amounts = { coming, checking, blocked, failed, removed };
  return REST.flatMap((stand) => (amounts[stand].files > 0 ? partInWords(stand, amounts[stand].files) : []));
}

/** "302 files", or "19 of 302 files ready, 282 on their way, 1 blocked" where they do not all stand alike. */
export function filesInWords(numbers: FileNumbers): string {
  const all = expected(numbers).files;
  const { ready } = numbers;
  const more = rest(numbers);
  const isOne = ready.files === all || (more.length === 1 && ready.files === 0);
  if (isOne) return [count(all), ...(ready.files === all ? more : [])].join(", ");
  return [ready.files > 0 ? `${number(ready.files)} of ${count(all)} ready` : count(all), ...more].join(", ");
}

/** "48 files delivered", "19 of 302 files delivered, 283 on their way", "None of 2 files delivered, 2 blocked". */
export function deliveredInWords(numbers: FileNumbers): string {
  const all = expected(numbers).files;
  const { ready } = numbers;
  const part = ready.files === all ? count(all) : `${ready.files > 0 ? number(ready.files) : "None"} of ${count(all)}`;
  return [`${part} delivered`, ...rest(numbers)].join(", ");
}
