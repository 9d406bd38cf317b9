"use client";
import { Dialog } from "#components/ui/dialog.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import { formatCount } from "#lib/kernel/format.ts";
import type { BatchCounts, RunView, StepView } from "#lib/workflow/run.schema.ts";
import { labelOf } from "./drawn-graph.ts";
import type { NodeFacts, NodeStatus } from "./run-status.ts";
import { factsOf, STATUS_WORDS, timeOf, triesOf } from "./run-words.ts";
import { StatusIcon } from "./status-icon.tsx";

export type StepDialogProps = {
  run: RunView;
  facts: NodeFacts | undefined;
  state: string | undefined;
  now: number;
  onClose: () => void;
};

/** All that a step has said of itself; of one that works in batches, each of them. */
export function StepDialog({ run, facts, state, now, onClose }: StepDialogProps) {
  const step = facts?.step;
  return (
    <Dialog
      open={state !== undefined && step !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={labelOf({ id: state ?? "" })}
      description={facts ? <span className="tnum text-sm">{factsOf(facts, now)}</span> : null}
    >
      {step && facts ? (
        <div className="flex flex-col gap-4 text-sm">
          {facts.message ? (
            <p className="rounded-control bg-ink/5 px-3 py-2 text-pretty [overflow-wrap:anywhere]">{facts.message}</p>
          ) : null}
          <dl className="tnum grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            <Fact term="Began">
              <LocalTime iso={step.startedAt} format="minute" />
            </Fact>
            {facts.finishedAt ? (
              <Fact term="Ended">
                <LocalTime iso={facts.finishedAt} format="minute" />
              </Fact>
            ) : null}
            <Fact term="Tries">{facts.attempts}</Fact>
            <Fact term="State">
              <code className="text-[0.8125rem]">{step.state}</code>
            </Fact>
          </dl>
          {step.listed && step.batches ? (
            <Batches run={run} listed={step.listed} counts={step.batches} now={now} />
          ) : null}
        </div>
      ) : null}
    </Dialog>
  );
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-soft">{term}</dt>
      <dd>{children}</dd>
    </>
  );
}

type BatchesProps = { run: RunView; listed: StepView[]; counts: BatchCounts; now: number };

function Batches({ run, listed, counts: { total, ...begunBy }, now }: BatchesProps) {
  const begun = Object.values(begunBy).reduce((a, b) => a + b, 0);
  const rest = [
    listed.length < begun
      ? `Of ${begun}, ${listed.length} are listed: those that failed first, then those that run.`
      : "",
    begun < total ? `${formatCount(total - begun, "batch", "batches")} still to come.` : "",
  ].filter(Boolean);
  return (
    <section aria-label="Batches">
      <h3 className="mb-1 font-medium">{formatCount(total, "batch", "batches")}</h3>
      <ol className="tnum flex flex-col divide-y divide-line border-line border-y">
        {listed.map((one) => {
          const status: NodeStatus = one.outcome === "running" && run.state !== "running" ? "stopped" : one.outcome;
          return (
            <li key={one.batch} className="grid grid-cols-[auto_1fr_auto] items-center gap-x-2.5 py-1.5">
              <StatusIcon status={status} className="size-3.5" />
              <span>
                Batch {(one.batch ?? 0) + 1}
                <span className="ml-2 text-soft">
                  {[
                    STATUS_WORDS[status],
                    one.total ? `${one.done ?? 0} of ${formatCount(one.total, "file")}` : "",
                    triesOf(one.attempts),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </span>
              <span className="text-soft">{timeOf(one, now)}</span>
              {one.message ? <span className="col-span-2 col-start-2 text-pretty text-soft">{one.message}</span> : null}
            </li>
          );
        })}
      </ol>
      {rest.length > 0 ? <p className="mt-2 text-[0.8125rem] text-faint">{rest.join(" ")}</p> : null}
    </section>
  );
}
