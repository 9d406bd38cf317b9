"use client";
import { useEffect, useReducer, useState } from "react";
import type { RunsView } from "#lib/workflow/run.schema.ts";
import { delayOf, isLost, type Poll, type PollEvent, reducePoll, startPoll } from "./poll.ts";

export type Runs = RunsView & {
  /** Nothing has been heard for a while, so that what is shown may be old. */
  lost: boolean;
  /** Why nothing is asked for any more, in a sentence. */
  refused?: string;
  /** Milliseconds since 1970 by the server's clock; it goes on while something runs and somebody looks. */
  now: number;
};

/** A transfer's runs, kept up to date for as long as they change and the tab can be seen. */
export function useRuns(transferId: string, initial: RunsView): Runs {
  const [poll, dispatch] = useReducer(reducePoll, initial, startPoll);

  useEffect(() => dispatch({ type: "refreshed", answer: initial, at: performance.now() }), [initial]);

  useEffect(() => {
    const look = () =>
      dispatch(document.visibilityState === "visible" ? { type: "seen", at: performance.now() } : { type: "hidden" });
    look();
    document.addEventListener("visibilitychange", look);
    for (const event of ["focus", "online", "pageshow"]) window.addEventListener(event, look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      for (const event of ["focus", "online", "pageshow"]) window.removeEventListener(event, look);
    };
  }, []);

  useEffect(() => {
    const delay = delayOf(poll);
    if (delay === undefined) return;
    const ending = new AbortController();
    const timer = setTimeout(() => {
      void ask(transferId, poll, ending.signal).then((event) => {
        if (!ending.signal.aborted) dispatch(event);
      });
    }, delay);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [poll, transferId]);

  const now = useServerNow(poll);
  return { ...poll.held, lost: isLost(poll), now, ...(poll.refused ? { refused: poll.refused } : {}) };
}

/** One request; what came of it. */
async function ask(transferId: string, poll: Poll, signal: AbortSignal): Promise<PollEvent> {
  const at = () => performance.now();
  try {
    const scope = poll.stale ? "all" : "live";
    const response = await fetch(`/api/transfers/${transferId}/runs?scope=${scope}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
    });
    if (response.ok) return { type: "answered", answer: (await response.json()) as RunsView, at: at() };
    if (response.status !== 401 && response.status !== 404) return { type: "missed", at: at() };
    const { error } = (await response.json()) as { error: { message: string } };
    return { type: "refused", message: error.message };
  } catch {
    return { type: "missed", at: at() };
  }
}

/** The server's time, a second at a time; as it was read while nothing moves, and in the page as the server drew it. */
function useServerNow({ held, visible, misses }: Poll): number {
  const read = Date.parse(held.at);
  const [tick, setTick] = useState({ at: held.at, ms: 0 });
  const isMoving = visible && misses === 0 && held.runs.some(({ state }) => state === "running");
  useEffect(() => {
    if (!isMoving) return;
    const received = performance.now();
    const timer = setInterval(() => setTick({ at: held.at, ms: performance.now() - received }), 1000);
    return () => clearInterval(timer);
  }, [isMoving, held.at]);
  return read + (tick.at === held.at ? tick.ms : 0);
}
