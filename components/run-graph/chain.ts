import type { RunView } from "#lib/workflow/run.schema.ts";
import { labelOf } from "./drawn-graph.ts";
import type { Graph } from "./graph-of.ts";
import type { NodeFacts, NodeStatus } from "./run-status.ts";
import { partOf } from "./run-words.ts";

/** A step of the chain; `part` is 0 to 1 of it, and absent while that is not known. */
export type Link = { id: string; label: string; status: NodeStatus; part?: number };

/** The main steps of a run, in order. All previews count as one step; steps that this run skips are left out. */
export function chainOf(graph: Graph, run: RunView, facts: Map<string, NodeFacts>): Link[] {
  return graph.nodes
    .filter(({ kind, aside, frame }) => (kind === "task" || kind === "map") && !aside && !frame)
    .flatMap((node) => {
      const own = facts.get(node.id) ?? { status: "idle", attempts: 0 };
      // Files open before their scan only where the workspace has said so.
      if (own.status === "unneeded" || (node.id === "OpenUnscanned" && run.policy !== "after")) return [];
      if (node.id === "Scan" && run.policy === "off") return [];
      const part = node.kind === "map" ? ofPreviews(graph, node.id, run, facts) : own.step && partOf(own.step);
      const known = own.status === "running" && part !== undefined ? { part: Math.min(1, part) } : {};
      return { id: node.id, label: labelOf(node), status: own.status, ...known };
    });
}

/** By the batches that were planned; what comes after a batch's first step counts for nothing more. */
function ofPreviews(graph: Graph, frame: string, run: RunView, facts: Map<string, NodeFacts>): number | undefined {
  const planned = Object.entries(run.planned ?? {}).filter(([state]) =>
    graph.nodes.some((node) => node.id === state && node.frame === frame),
  );
  const total = planned.reduce((sum, [, batches]) => sum + batches, 0);
  if (total === 0) return undefined;
  const over = planned.reduce((sum, [state, all]) => {
    const own = facts.get(state);
    const { succeeded = 0, skipped = 0, failed = 0 } = own?.step?.batches ?? {};
    const isOver = own?.step && !own.step.batches && own.status !== "running";
    return sum + (isOver ? all : succeeded + skipped + failed);
  }, 0);
  return over / total;
}
