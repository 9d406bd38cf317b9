"use client";
import { Tabs } from "@base-ui/react/tabs";
import { ChevronDown, RotateCcw, TriangleAlert, WifiOff } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useMemo, useRef, useState } from "react";
import { STATUS_TONES } from "#components/transfers/transfer-state.tsx";
import { Badge, type BadgeTone } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { useToast } from "#components/ui/toast.tsx";
import { formatCount } from "#lib/kernel/format.ts";
import type { Result } from "#lib/kernel/result.ts";
import { STATUS_LABELS } from "#lib/kernel/transfer-status.ts";
import type { RunState, RunsView, RunView } from "#lib/workflow/run.schema.ts";
import { chainOf, type Link } from "./chain.ts";
import { DELIVERY } from "./drawn-graph.ts";
import { milestones } from "./poll.ts";
import { RunBoard } from "./run-board.tsx";
import { statusOf } from "./run-status.ts";
import { announcement, headline, lacksPreviews, lineTime } from "./run-words.ts";
import { StatusIcon } from "./status-icon.tsx";
import { type Runs, useRuns } from "./use-runs.ts";

export type RunActions = {
  /** Begins a failed run again. */
  restart?: (input: { transferId: string; wave: number }) => Promise<Result<unknown>>;
};

export type RunSectionProps = {
  transferId: string;
  initial: RunsView;
  actions?: RunActions;
};

const RUN_WORDS: Record<RunState, string> = { running: "running", succeeded: "done", failed: "failed" };

/** In a word: what a run does or did, and once it is over how the transfer stands. */
function badgeOf(run: RunView, { status }: RunsView): { tone: BadgeTone; words: string } {
  if (run.state === "running") return { tone: "hazel", words: "Running" };
  if (run.state === "failed") return { tone: "bad", words: STATUS_LABELS.failed };
  return { tone: STATUS_TONES[status], words: STATUS_LABELS[status] };
}

/** The delivery of a transfer, updated while it runs: one line of progress, which opens to show the graph. */
export function RunSection({ transferId, initial, actions = {} }: RunSectionProps) {
  const runs = useRuns(transferId, initial);
  const [chosen, choose] = useState<number>();
  const [isOpen, setOpen] = useState(false);
  useFilesFollow(runs.runs);
  const run = runs.runs.find(({ wave }) => wave === chosen) ?? runs.runs[0];
  const status = useMemo(() => run && statusOf(DELIVERY, run), [run]);
  if (!run || !status) return <NotYet />;
  const { tone, words } = badgeOf(run, runs);
  return (
    <section aria-labelledby="delivery" className="rounded-card border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 p-2">
        <h2 className="min-w-0 flex-1 basis-72 text-[0.9375rem]">
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls="delivery-body"
            onClick={() => setOpen(!isOpen)}
            className="flex w-full items-center gap-x-3 rounded-control px-2 py-2 text-left hover:bg-ink/4 sm:px-3"
          >
            <span className="min-w-0 flex-1">
              <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <span id="delivery" className="font-semibold">
                  Delivery
                </span>
                <Badge tone={tone}>{words}</Badge>
                <span className="tnum min-w-0 flex-1 basis-52 text-pretty font-normal text-sm text-soft tracking-normal">
                  {headline(run, status.facts, runs.numbers)} ·{" "}
                  <span className="whitespace-nowrap">{lineTime(run, status.facts, runs.now)}</span>
                  {lacksPreviews(run) ? " · some previews could not be made" : ""}
                </span>
              </span>
              {run.state === "succeeded" ? null : <Chain links={chainOf(DELIVERY, run, status.facts)} />}
            </span>
            <ChevronDown
              aria-hidden
              className={classNames("size-4 shrink-0 text-faint transition-transform", isOpen && "rotate-180")}
            />
          </button>
        </h2>
      </div>
      <div role="status" className="sr-only">
        {announcement(run, status.facts, runs.numbers)}
      </div>
      <Connection runs={runs} />
      <Failures transferId={transferId} runs={runs} restart={actions.restart} />
      <div id="delivery-body" hidden={!isOpen}>
        <Waves runs={runs} run={run} onChoose={choose}>
          <RunBoard key={run.wave} run={run} status={status} now={runs.now} isOpen={isOpen} />
        </Waves>
      </div>
    </section>
  );
}

function NotYet() {
  return (
    <section aria-labelledby="delivery" className="rounded-card border border-line border-dashed px-5 py-3.5">
      <h2 id="delivery" className="inline font-semibold text-[0.9375rem]">
        Delivery
      </h2>
      <p className="ml-3 inline text-sm text-soft">Files are checked as soon as they arrive.</p>
    </section>
  );
}

/** The files on the page are read again when a step may have changed them, not more often than every two seconds. */
function useFilesFollow(runs: RunView[]): void {
  const router = useRouter();
  const now = milestones(runs);
  const seen = useRef(now);
  useEffect(() => {
    if (seen.current === now) return;
    const timer = setTimeout(() => {
      seen.current = now;
      router.refresh();
    }, 2000);
    return () => clearTimeout(timer);
  }, [now, router]);
}

function Connection({ runs }: { runs: Runs }) {
  if (!runs.lost && !runs.refused) return null;
  return (
    <p
      role="alert"
      className="mx-3 mb-2 flex items-center gap-2 rounded-control bg-moon-wash px-3 py-2 text-moon text-sm"
    >
      <WifiOff className="size-4 shrink-0" aria-hidden />
      {runs.refused ?? (
        <span>
          Connection lost. This is how it stood at{" "}
          <time dateTime={runs.at} className="tnum">
            {new Date(runs.at).toLocaleTimeString()}
          </time>
          ; it goes on here when the connection is back.
        </span>
      )}
    </p>
  );
}

function Waves({
  runs,
  run,
  onChoose,
  children,
}: {
  runs: Runs;
  run: RunView;
  onChoose: (wave: number) => void;
  children: React.ReactNode;
}) {
  if (runs.runs.length < 2) return children;
  return (
    <Tabs.Root value={run.wave} onValueChange={(wave: number) => onChoose(wave)}>
      <div className="overflow-x-auto border-line border-b px-2 [scrollbar-width:thin]">
        <Tabs.List aria-label="Runs, newest first" className="flex min-w-max gap-1">
          {runs.runs.map(({ wave, state, files }) => (
            <Tabs.Tab
              key={wave}
              value={wave}
              className="tnum relative -mb-px flex items-center gap-1.5 rounded-t-control border-transparent border-b-2 px-3 py-2 text-sm text-soft hover:text-ink data-[active]:border-hazel data-[active]:text-ink"
            >
              <StatusIcon status={state} className="size-3.5" />
              Run {wave}
              <span className="text-faint">
                {formatCount(files, "file")}
                <span className="sr-only">, {RUN_WORDS[state]}</span>
              </span>
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </div>
      {runs.earlier > 0 ? (
        <p className="px-5 pt-2 text-[0.8125rem] text-faint">{formatCount(runs.earlier, "earlier run")} not listed</p>
      ) : null}
      <Tabs.Panel value={run.wave} className="outline-offset-[-2px]">
        {children}
      </Tabs.Panel>
    </Tabs.Root>
  );
}

const FILLS: Partial<Record<Link["status"], string>> = {
  running: "bg-hazel",
  succeeded: "bg-good/75",
  skipped: "bg-moon/70",
  failed: "bg-bad",
};

/** How far a run is, step by step; for eyes alone, since the line above says what it is doing. */
function Chain({ links }: { links: Link[] }) {
  return (
    <span aria-hidden className="mt-2.5 flex gap-1">
      {links.map(({ id, label, status, part }) => (
        <span key={id} title={label} className="h-1.5 flex-1 overflow-hidden rounded-full bg-ink/8">
          <span
            className={classNames(
              "block h-full rounded-full transition-[width] motion-reduce:transition-none",
              FILLS[status] ?? "bg-transparent",
              status === "running" && part === undefined && "animate-pulse opacity-60 motion-reduce:animate-none",
            )}
            style={{ width: `${(part === undefined ? 1 : Math.max(0.04, part)) * 100}%` }}
          />
        </span>
      ))}
    </span>
  );
}

/** Every run that has failed says why, and can be started again, whichever of them is looked at. */
function Failures({
  transferId,
  runs: { runs },
  restart,
}: {
  transferId: string;
  runs: Runs;
  restart: RunActions["restart"];
}) {
  const { busy, act } = useAct();
  return runs
    .filter(({ state }) => state === "failed")
    .map(({ wave, message }) => (
      <div
        key={wave}
        className="mx-3 mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-control bg-bad-wash px-3.5 py-2.5 text-bad text-sm"
      >
        <p className="flex min-w-0 flex-1 basis-64 items-start gap-2.5 text-pretty">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="[overflow-wrap:anywhere]">
            {runs.length > 1 ? `Run ${wave}: ` : ""}
            {message ?? "The delivery has failed."}
          </span>
        </p>
        {restart ? (
          <Button
            size="sm"
            icon={<RotateCcw className="size-4" aria-hidden />}
            busy={busy === `restart ${wave}`}
            aria-label={runs.length > 1 ? `Start again, run ${wave}` : undefined}
            onClick={() => act(`restart ${wave}`, () => restart({ transferId, wave }))}
          >
            Start again
          </Button>
        ) : null}
      </div>
    ));
}

/** Carries out what a button asks for, says why where it can't be, and reads the page again. */
function useAct() {
  const router = useRouter();
  const toast = useToast();
  const [busy, setBusy] = useState<string>();
  const act = async (name: string, call: () => Promise<Result<unknown>>) => {
    setBusy(name);
    const result = await call();
    if (!result.ok) toast({ title: result.error.message, tone: "bad" });
    router.refresh();
    setBusy(undefined);
  };
  return { busy, act };
}
