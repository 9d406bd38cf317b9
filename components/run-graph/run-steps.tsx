"use client";
import type { RunView } from "#lib/workflow/run.schema.ts";
import { DELIVERY, labelOf } from "./drawn-graph.ts";
import { hasBegun, type NodeFacts, type NodeStatus } from "./run-status.ts";
import { factsOf, timeOf } from "./run-words.ts";
import { StatusIcon } from "./status-icon.tsx";

const LISTED = DELIVERY.nodes.filter(({ kind, aside }) => kind === "task" && !aside);

export type RunStepsProps = {
  run: RunView;
  facts: Map<string, NodeFacts>;
  now: number;
  onOpen: (state: string) => void;
};

/** The steps of a run in the machine's order, with all that the drawing shows and when each took place. */
export function RunSteps({ run, facts, now, onOpen }: RunStepsProps) {
  const statusOf = (id: string) => facts.get(id)?.status ?? "idle";
  const withStatus = (status: NodeStatus) =>
    LISTED.filter(({ id }) => statusOf(id) === status)
      .map(labelOf)
      .join(", ");
  return (
    <ol aria-label="Steps" className="flex flex-col border-line border-t pt-2">
      {LISTED.filter(({ id }) => hasBegun(facts.get(id))).map((node) => (
        <Step
          key={node.id}
          name={labelOf(node)}
          id={node.id}
          run={run}
          facts={facts.get(node.id)}
          now={now}
          onOpen={onOpen}
        />
      ))}
      {(["idle", "unreached", "unneeded"] as const).map((status) => {
        const names = withStatus(status);
        return names ? (
          <li key={status} className="px-2 py-1 text-[0.8125rem] text-faint sm:px-3">
            {REST[status]}: {names}
          </li>
        ) : null;
      })}
    </ol>
  );
}

const REST = { idle: "Still to come", unreached: "Not reached", unneeded: "Not needed" } as const;

type StepProps = {
  name: string;
  id: string;
  run: RunView;
  facts: NodeFacts | undefined;
  now: number;
  onOpen: (state: string) => void;
};

const ROW =
  "grid w-full grid-cols-[auto_1fr_auto] items-center gap-x-3 rounded-control px-2 py-1.5 text-left sm:grid-cols-[auto_1fr_minmax(6rem,16rem)_5.5rem] sm:px-3";

function Step({ name, id, run, facts = { status: "idle", attempts: 0 }, now, onOpen }: StepProps) {
  const time = timeOf(facts, now);
  const row = (
    <>
      <StatusIcon status={facts.status} className="size-4" />
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        <span className={facts.status === "idle" ? "text-soft" : "font-medium"}>{name}</span>
        <span className="tnum text-[0.8125rem] text-soft">
          {factsOf(facts, now).replace(new RegExp(` · ${time}$`), "")}
        </span>
      </span>
      <Bar run={run} facts={facts} now={now} />
      <span className="tnum whitespace-nowrap text-right text-[0.8125rem] text-soft">{time}</span>
      {facts.message ? (
        <span className="-col-end-1 col-start-2 text-pretty text-[0.8125rem] text-soft">{facts.message}</span>
      ) : null}
    </>
  );
  return (
    <li>
      {facts.step ? (
        <button type="button" aria-haspopup="dialog" onClick={() => onOpen(id)} className={`${ROW} hover:bg-ink/4`}>
          {row}
        </button>
      ) : (
        <div className={ROW}>{row}</div>
      )}
    </li>
  );
}

const BARS: Partial<Record<NodeFacts["status"], string>> = {
  running: "bg-hazel",
  failed: "bg-bad",
  skipped: "bg-moon/70",
  succeeded: "bg-good/75",
};

/** When within its run a step took place. */
function Bar({ run, facts, now }: { run: RunView; facts: NodeFacts; now: number }) {
  const begin = Date.parse(run.startedAt);
  const whole = Math.max(1, (run.finishedAt ? Date.parse(run.finishedAt) : now) - begin);
  if (!facts.startedAt) return <span className="hidden sm:block" />;
  const start = Math.min(1, Math.max(0, (Date.parse(facts.startedAt) - begin) / whole));
  const end = Math.min(1, ((facts.finishedAt ? Date.parse(facts.finishedAt) : now) - begin) / whole);
  return (
    <span aria-hidden className="relative hidden h-1.5 overflow-hidden rounded-full bg-ink/6 sm:block">
      <span
        className={`absolute inset-y-0 min-w-1 rounded-full ${BARS[facts.status] ?? "bg-faint"}`}
        style={{ left: `${Math.min(start, 0.985) * 100}%`, width: `${Math.max(0, end - start) * 100}%` }}
      />
    </span>
  );
}
