"use client";
import { useEffect, useRef } from "react";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Progress } from "#components/ui/progress.tsx";
import type { DownloadItem } from "#lib/downloads/download.schema.ts";
import { formatBytes, formatCount } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { type Collecting, type CollectOrder, useCollect } from "./use-collect.ts";

export type CollectPanelProps = CollectOrder & { onClose: () => void };

/** Files that are named before the rest is only counted. */
const NAMED = 5;

/** What a download of all files is doing, from the press of the button to its end. */
export function CollectPanel({ onClose, ...order }: CollectPanelProps) {
  const { state, cancel, retry, saveInto } = useCollect(order);
  const heading = useRef<HTMLHeadingElement>(null);
  const isOne = order.ordinal !== undefined;
  const isUnderWay = state.phase === "listing" || state.phase === "starting" || state.phase === "running";

  // The button that began it has gone.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  return (
    <section
      aria-label="Download"
      data-phase={state.phase}
      className="rounded-card border border-line bg-raised p-4 shadow-card sm:p-5"
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 ref={heading} tabIndex={-1} className="rounded-sm font-semibold outline-none">
          {headingOf(state)}
        </h2>
        {state.count > 0 && state.phase !== "impossible" ? (
          <p className="tnum text-[0.8125rem] text-soft">
            {isOne ? null : `${state.files.toLocaleString("en")} of ${formatCount(state.count, "file")} · `}
            {formatBytes(state.bytes)} of <Bytes value={state.total} />
          </p>
        ) : null}
      </div>
      {isUnderWay || state.phase === "done" ? (
        <Progress
          className="mt-3"
          label="Downloaded"
          value={partOf(state)}
          tone={state.phase === "done" ? "good" : "hazel"}
          valueText={`${formatBytes(state.bytes)} of ${formatBytes(state.total)}`}
        />
      ) : null}
      <p className="mt-2 text-pretty text-soft text-sm">{sentenceOf(state, isOne)}</p>
      <LeftOut left={state.left} />
      {state.notSaved.length > 0 ? (
        <Named
          words={`${formatCount(state.notSaved.length, "file")} could not be saved:`}
          lines={state.notSaved.map(({ entry, message }) => [entry.path, message])}
        />
      ) : null}
      <div className="mt-4 flex flex-wrap gap-2">
        {isUnderWay ? <Button onClick={cancel}>Cancel the download</Button> : null}
        {state.phase === "failed" || state.phase === "cancelled" ? (
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
        ) : null}
        {state.phase === "done" ? <Button onClick={retry}>Download again</Button> : null}
        {state.folder ? <Button onClick={saveInto}>Save one after another into a folder</Button> : null}
        {isUnderWay ? null : (
          <Button variant={state.phase === "done" ? "secondary" : "quiet"} onClick={onClose}>
            Close
          </Button>
        )}
      </div>
      <p aria-live="polite" className="sr-only">
        {announcementOf(state)}
      </p>
    </section>
  );
}

const partOf = ({ phase, bytes, total }: Collecting): number | null =>
  phase === "done" ? 1 : phase === "running" && total > 0 ? bytes / total : null;

const HEADINGS: Record<Collecting["phase"], string> = {
  listing: "Looking at the files",
  starting: "Waiting for your browser",
  running: "Downloading",
  done: "Downloaded",
  failed: "The download failed",
  cancelled: "Cancelled",
  impossible: "This can't be one download here",
};
const headingOf = ({ phase }: Collecting): string => HEADINGS[phase];

function sentenceOf({ phase, message, count, folder }: Collecting, isOne: boolean): string {
  switch (phase) {
    case "listing":
    case "starting":
      return "It begins in a moment.";
    case "running":
      return "Your browser saves it as it comes. Keep this page open until it is done.";
    case "done":
      return isOne ? "Your browser has all of it." : `Your browser has all of it: ${formatCount(count, "file")}.`;
    case "cancelled":
      return "What your browser has saved so far is not complete, and can be deleted.";
    default:
      return `${message ?? ""}${phase === "impossible" && !folder && count > 0 ? " Each file has its own link below." : ""}`;
  }
}

/** Said at the start, at each quarter and at the end, once. */
function announcementOf(state: Collecting): string {
  if (state.phase !== "running") return state.phase === "listing" ? "" : `${headingOf(state)}. ${state.message ?? ""}`;
  const quarter = Math.floor(4 * (partOf(state) ?? 0)) * 25;
  return quarter === 0 ? "The download has begun." : `${quarter} percent downloaded.`;
}

function LeftOut({ left }: { left: DownloadItem[] }) {
  if (left.length === 0) return null;
  const words = left.length === 1 ? "One file is left out:" : `${formatCount(left.length, "file")} are left out:`;
  return <Named words={words} lines={left.map((file) => [file.path, file.why ?? ""])} />;
}

function Named({ words, lines }: { words: string; lines: [path: string, why: string][] }) {
  return (
    <div className="mt-3 rounded-control bg-hazel-wash px-3 py-2 text-[0.8125rem]">
      <p className="font-medium">{words}</p>
      <ul className="mt-0.5 text-soft">
        {lines.slice(0, NAMED).map(([path, why]) => (
          <li key={path} className="[overflow-wrap:anywhere]">
            <bdi>{shorten(visibleName(path), 60)}</bdi>: {why}
          </li>
        ))}
        {lines.length > NAMED ? <li>and {(lines.length - NAMED).toLocaleString("en")} more</li> : null}
      </ul>
    </div>
  );
}
