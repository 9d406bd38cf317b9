"use client";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { classNames } from "#components/ui/class-names.ts";
import { labelOf } from "./drawn-graph.ts";
import type { GraphNode } from "./graph-of.ts";
import { hasBegun, type NodeFacts, type NodeStatus } from "./run-status.ts";
import { partOf, progressOf, STATUS_WORDS, timeOf, triesOf } from "./run-words.ts";
import { contentOf } from "./sizes.ts";
import { STATUS_COLORS, StatusIcon } from "./status-icon.tsx";

export type StateData = { node: GraphNode; facts: NodeFacts; now: number; opens: boolean; frameWords?: string };
export type StateNode = Node<StateData>;

const CARDS: Record<NodeStatus, string> = {
  idle: "border-line border-dashed bg-surface text-soft",
  running: "border-hazel bg-hazel-wash text-ink shadow-card",
  succeeded: "border-line bg-raised text-ink shadow-card",
  skipped: "border-moon/40 bg-moon-wash text-ink",
  failed: "border-bad/60 bg-bad-wash text-ink shadow-card",
  unneeded: "border-line border-dashed bg-transparent text-faint",
  stopped: "border-line bg-sunken text-soft",
  unreached: "border-line border-dashed bg-transparent text-faint",
};

/** A state that people read: what it is, how it stands, how long and how far. */
export function StateCard({ data: { node, facts, now, opens } }: NodeProps<StateNode>) {
  const { status, step, message } = facts;
  const part = status === "running" && step ? partOf(step) : undefined;
  const progress = progressOf(facts);
  const time = timeOf(facts, now);
  const { lines } = contentOf(facts);
  const many = step?.batches && step.batches.total > 1;
  const words =
    (status === "running" && progress) || (status === "succeeded" && many)
      ? progress
      : status === "succeeded" || node.kind === "failure"
        ? ""
        : STATUS_WORDS[status];
  const tries = triesOf(facts.attempts);
  return (
    <div
      title={message}
      className={classNames(
        "relative flex h-full flex-col justify-center overflow-hidden rounded-control border px-1.5 py-1 leading-tight transition-colors duration-300",
        CARDS[status],
        opens && "cursor-pointer hover:border-edge",
      )}
    >
      <Ports />
      <p className="flex items-center gap-1">
        <StatusIcon status={status} className="size-3.5" />
        <span className="min-w-0 flex-1 font-medium text-[0.78125rem]">{labelOf(node)}</span>
      </p>
      <p className="tnum mt-0.5 flex flex-wrap justify-between gap-x-1.5 whitespace-nowrap text-[0.6875rem] text-soft leading-[0.875rem]">
        {words ? (
          <span className={classNames(status === "failed" && "text-bad", lines > 1 && "w-full")}>{words}</span>
        ) : null}
        <span>{tries}</span>
        {node.kind === "failure" ? null : <span>{time}</span>}
      </p>
      {message ? (
        <p className="mt-1 line-clamp-2 shrink-0 text-[0.6875rem] text-soft leading-[0.875rem]">{message}</p>
      ) : null}
      {part !== undefined ? (
        <span className="absolute inset-x-0 bottom-0 h-0.5 bg-hazel/20">
          <span
            className="block h-full origin-left bg-hazel transition-transform duration-700 ease-out"
            style={{ transform: `scaleX(${part})` }}
          />
        </span>
      ) : null}
    </div>
  );
}

/** Where the machine decides or comes to an end: a diamond or a ring. */
export function StateDot({ data: { node, facts } }: NodeProps<StateNode>) {
  const lit = hasBegun(facts);
  return (
    <span className="flex size-full items-center justify-center">
      <Ports />
      <span
        className={classNames(
          "block border bg-surface",
          node.kind === "choice" ? "size-2.5 rotate-45 rounded-[2px]" : "size-2.5 rounded-full",
          node.aside
            ? lit
              ? "border-bad bg-bad"
              : "border-line border-dashed"
            : lit
              ? "border-good bg-good"
              : "border-edge/60",
        )}
      />
    </span>
  );
}

/** Around the states of a Map, which run once for each batch. */
export function StateFrame({ data: { node, facts, now, frameWords } }: NodeProps<StateNode>) {
  return (
    <div
      className={classNames(
        "size-full rounded-card border px-3 py-2 transition-colors duration-300",
        facts.status === "running" ? "border-hazel/50 bg-hazel-wash/30" : "border-line bg-sunken/45",
      )}
    >
      <Ports />
      <p className="tnum flex items-center gap-1.5 text-[0.6875rem] leading-none">
        <span
          className={classNames("font-medium", facts.status === "idle" ? "text-faint" : STATUS_COLORS[facts.status])}
        >
          {labelOf(node)}
        </span>
        <span className="text-faint">{[frameWords, timeOf(facts, now)].filter(Boolean).join(" · ")}</span>
      </p>
    </div>
  );
}

/** The drawing routes its edges itself; without ports they would not be drawn. */
function Ports() {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} className="invisible" />
      <Handle type="source" position={Position.Right} isConnectable={false} className="invisible" />
    </>
  );
}
