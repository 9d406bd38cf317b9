import { formatDuration } from "#components/ui/format-time.ts";
import { type FileNumbers, pending, withheld } from "#lib/kernel/file-numbers.ts";
import { formatCount } from "#lib/kernel/format.ts";
import { deliveredInWords } from "#lib/kernel/transfer-status.ts";
import type { RunView, StepView } from "#lib/workflow/run.schema.ts";
import { labelOf } from "./drawn-graph.ts";
import type { NodeFacts, NodeStatus } from "./run-status.ts";

export const STATUS_WORDS: Record<NodeStatus, string> = {
  idle: "not yet",
  running: "running",
  succeeded: "done",
  skipped: "skipped",
  failed: "failed",
  unneeded: "not needed",
  stopped: "stopped",
  unreached: "not reached",
};

/** How long something took, or has taken up to `now`: "0.4 s", "12 s", "4 min 10 s"; nothing when it has not begun. */
export function timeOf({ startedAt, finishedAt }: Pick<NodeFacts, "startedAt" | "finishedAt">, now: number): string {
  if (!startedAt) return "";
  const seconds = Math.max(0, ((finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt)) / 1000);
  return finishedAt && seconds < 9.95 ? `${seconds.toFixed(1)} s` : formatDuration(Math.floor(seconds));
}

/** "3 of 12 batches", "42 of 120 files"; of what is over, how many there were. */
export function progressOf({ step, status }: NodeFacts): string {
  const { state = "", batches, done, total } = step ?? {};
  if (batches && (batches.total > 1 || !total)) {
    const over = batches.succeeded + batches.skipped + batches.failed;
    const all = formatCount(batches.total, "batch", "batches");
    return over < batches.total ? `${over} of ${all}` : all;
  }
  if (!total) return "";
  const all = state === "Announce" ? formatCount(total, "person", "people") : formatCount(total, "file");
  return status === "succeeded" || done === undefined ? all : `${done} of ${all}`;
}

/** 0 to 1 of a step that is under way; nothing when that is not known. By files where they are counted, else by batches. */
export function partOf({ batches, done, total }: Pick<StepView, "batches" | "done" | "total">): number | undefined {
  if (batches) return (batches.succeeded + batches.skipped + batches.failed) / batches.total;
  return total ? (done ?? 0) / total : undefined;
}

export const triesOf = (attempts: number): string => (attempts > 1 ? `${attempts} tries` : "");

/** All that is known of a state but its message, for the list and for those who hear it. */
export function factsOf(facts: NodeFacts, now: number): string {
  const { step, status } = facts;
  const failed = step?.batches?.failed ?? 0;
  return [
    status === "failed" && step?.batches && failed < step.batches.total ? `${failed} failed` : STATUS_WORDS[status],
    progressOf(facts),
    status === "running" && failed > 0 ? `${failed} failed` : "",
    triesOf(facts.attempts),
    timeOf(facts, now),
  ]
    .filter(Boolean)
    .join(" · ");
}

type Facts = Map<string, NodeFacts>;

/** The steps that are at work. */
const busyOf = (facts: Facts): [string, NodeFacts][] =>
  [...facts].filter(([, { status, step }]) => status === "running" && step);

/** A run in one line: what it is doing and how far it is, or what all runs together have come to. */
export function headline(run: RunView, facts: Facts, numbers: FileNumbers): string {
  if (run.state !== "running") return inShort(run, facts, numbers);
  const busy = busyOf(facts).map(([id, own]) => [labelOf({ id }), progressOf(own)].filter(Boolean).join(", "));
  return busy.length > 0 ? busy.join("; ") : inShort(run, facts, numbers);
}

/** As `headline`, without what changes while a step goes on. */
function inShort(run: RunView, facts: Facts, numbers: FileNumbers): string {
  const files = formatCount(run.files, "file");
  if (run.state === "succeeded") return deliveredInWords(numbers);
  if (run.state === "failed") return `${files} stopped on the way`;
  const busy = busyOf(facts).map(([id]) => labelOf({ id }));
  return busy.length > 0 ? busy.join(", ") : `${files} on the way`;
}

/** How long the step that is at work has taken, or the whole run once it is over. */
export function lineTime(run: RunView, facts: Facts, now: number): string {
  const [first] = run.state === "running" ? busyOf(facts) : [];
  return timeOf(first ? first[1] : run, now);
}

/** Whether previews are lacking: only they are made in batches; a scan that failed and was started again is over. */
export const lacksPreviews = (run: RunView): boolean => run.steps.some(({ batches }) => (batches?.failed ?? 0) > 0);

/** What is said aloud when it changes; no times in it, so that it is said once. */
export function announcement(run: RunView | undefined, facts: Facts, numbers: FileNumbers): string {
  if (!run) return "";
  if (run.state === "succeeded" && pending(numbers).files === 0 && withheld(numbers).files === 0) {
    return lacksPreviews(run)
      ? "The files are delivered; some previews could not be made."
      : "The delivery is finished.";
  }
  if (run.state === "failed") return `The delivery has failed. ${run.message ?? ""}`.trim();
  return `${inShort(run, facts, numbers)}.`;
}
