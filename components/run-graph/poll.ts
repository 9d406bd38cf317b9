import type { RunsView, RunView } from "#lib/workflow/run.schema.ts";

/** When to look again at runs that somebody watches: the decisions alone, without timers and requests. Milliseconds. */
export type Poll = {
  held: RunsView;
  /** Whether anybody can see the page; unknown until the browser has said. */
  visible: boolean;
  /** Requests in a row that failed. */
  misses: number;
  /** The server has said that there is nothing for this person to see any more. */
  refused?: string;
  /** By the page's clock: the last answer, and the last one that was new. */
  answeredAt?: number;
  changedAt?: number;
  /** Looked away in between, or not soon enough to see what ends: all runs are asked for, not only the live ones. */
  stale: boolean;
  /** Somebody has come back, or the network has: no waiting. */
  urgent: boolean;
};

export type PollEvent =
  | { type: "answered" | "refreshed"; answer: RunsView; at: number }
  | { type: "missed"; at: number }
  | { type: "refused"; message: string }
  | { type: "seen"; at: number }
  | { type: "hidden" };

const OFTEN = 1000;
const SELDOM = 5000;
const RARELY = 30_000;
/** Without a change for so long, it is looked at less often; when nothing runs, less again. */
const CALM_AFTER = 60_000;
const STILL_AFTER = 600_000;
/** Coming back to a page whose facts are younger than this asks for nothing. */
const FRESH = 2000;
/** A run that has ended counts as live for longer than this; whoever looks later has to ask for all. */
const SOON = 5000;

export const startPoll = (held: RunsView): Poll => ({ held, visible: false, misses: 0, stale: false, urgent: false });

export function reducePoll(poll: Poll, event: PollEvent): Poll {
  switch (event.type) {
    case "hidden":
      return poll.visible ? { ...poll, visible: false } : poll;
    case "seen": {
      const { answeredAt = event.at, changedAt = event.at } = poll;
      const urgent = poll.urgent || poll.misses > 0 || event.at - answeredAt > FRESH;
      if (poll.visible && urgent === poll.urgent) return poll;
      return { ...poll, visible: true, stale: poll.stale || urgent, urgent, answeredAt, changedAt };
    }
    case "missed":
      return { ...poll, misses: poll.misses + 1, stale: true, urgent: false };
    case "refused":
      return { ...poll, refused: event.message };
    case "refreshed":
    case "answered": {
      if (event.type === "refreshed" && event.answer.at <= poll.held.at) return poll;
      const isWhole = event.type === "refreshed" || poll.stale;
      const runs = isWhole ? event.answer.runs : mergeRuns(poll.held.runs, event.answer.runs);
      // A run that ended while nobody heard of it is live no more: whoever holds it as running has to ask for all.
      const isMissed = runs.some(
        ({ wave, state }) => state === "running" && !event.answer.runs.some((run) => run.wave === wave),
      );
      const what = ({ status, numbers, live }: RunsView) => JSON.stringify([status, numbers, live]);
      const isNew = JSON.stringify(runs) !== JSON.stringify(poll.held.runs) || what(event.answer) !== what(poll.held);
      const { refused: _refused, ...rest } = poll;
      const next: Poll = {
        ...rest,
        held: { ...event.answer, runs: isNew ? runs : poll.held.runs },
        misses: 0,
        stale: false,
        urgent: isMissed,
        answeredAt: event.at,
        changedAt: isNew ? event.at : (poll.changedAt ?? event.at),
      };
      return { ...next, stale: isMissed || (delayOf(next) ?? 0) > SOON };
    }
  }
}

/** How long to wait before the next request, counted from now; nothing when there is none to be made. */
export function delayOf(poll: Poll): number | undefined {
  if (!poll.visible || poll.refused) return undefined;
  if (poll.urgent) return 0;
  if (poll.misses > 0) return Math.min(RARELY, OFTEN * 2 ** poll.misses);
  if (!poll.held.live) return undefined;
  const quiet = (poll.answeredAt ?? 0) - (poll.changedAt ?? 0);
  if (quiet < CALM_AFTER) return OFTEN;
  return quiet > STILL_AFTER && poll.held.runs.every(({ state }) => state !== "running") ? RARELY : SELDOM;
}

/** Two misses are no hiccup any more. */
export const isLost = ({ misses }: Poll): boolean => misses >= 2;

/** Newer facts in place of older ones, newest run first. */
function mergeRuns(held: RunView[], fresh: RunView[]): RunView[] {
  const byWave = new Map([...held, ...fresh].map((run) => [run.wave, run]));
  return [...byWave.values()].sort((a, b) => b.wave - a.wave);
}

/** Changes when files may have come to another state: with each step and batch that ends, not with each file. */
export const milestones = (runs: RunView[]): string =>
  runs
    .map(({ wave, state, steps }) => {
      const ends = steps.map(
        ({ state, outcome, batches }) => `${state} ${outcome} ${batches ? batches.total - batches.running : ""}`,
      );
      return `${wave} ${state} ${ends.join()}`;
    })
    .join(";");
