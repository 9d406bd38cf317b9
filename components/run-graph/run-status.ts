import type { RunView, StepView } from "#lib/workflow/run.schema.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph-of.ts";

/**
 * `idle`: not yet. `unneeded`: the run went another way. `stopped`: it was at work when the run ended. `unreached`: the
 * run ended before it.
 */
export type NodeStatus = "idle" | "running" | "succeeded" | "skipped" | "failed" | "unneeded" | "stopped" | "unreached";

/** What is known of a state in a run. Times are ISO 8601. */
export type NodeFacts = {
  status: NodeStatus;
  startedAt?: string;
  finishedAt?: string;
  attempts: number;
  step?: StepView;
  message?: string;
};

/** How a run stands at each state of its machine, and which edges it took. */
export function statusOf(graph: Graph, run: RunView): { facts: Map<string, NodeFacts>; taken: Set<string> } {
  const steps = new Map(run.steps.map((step) => [step.state, step]));
  const facts = new Map<string, NodeFacts>();
  for (const node of graph.nodes) facts.set(node.id, ofStep(steps.get(node.id), run));
  const isReached = (id: string) => hasBegun(facts.get(id));

  for (const node of graph.nodes) {
    if (node.kind === "map") facts.set(node.id, ofFrame(graph, node, facts, run));
    else if (node.kind === "failure" && run.state === "failed") facts.set(node.id, ended(run));
  }
  for (const node of graph.nodes) {
    const handled = graph.edges.filter(({ to, kind }) => to === node.id && kind === "catch").map(({ from }) => from);
    const happened = node.frame
      ? handled.some((id) => facts.get(id)?.status === "failed")
      : run.state === "failed" && !isReached(node.id);
    if (node.aside && node.kind === "task" && happened) facts.set(node.id, { status: "succeeded", attempts: 1 });
  }
  for (const node of [...graph.nodes].reverse()) {
    if (node.kind === "choice" && graph.edges.some(({ from, to }) => from === node.id && isReached(to))) {
      facts.set(node.id, { status: "succeeded", attempts: 1 });
    }
  }
  for (const node of graph.nodes) {
    if (facts.get(node.id)?.status !== "idle") continue;
    if (isPassedBy(graph, node, run, facts)) facts.set(node.id, { status: "unneeded", attempts: 0 });
    else if (run.state === "failed") facts.set(node.id, { status: "unreached", attempts: 0 });
  }
  return { facts, taken: new Set(graph.edges.filter((edge) => isTaken(graph, edge, facts, run)).map(({ id }) => id)) };
}

export const hasBegun = (facts: NodeFacts | undefined): boolean =>
  facts !== undefined && !["idle", "unneeded", "unreached"].includes(facts.status);

function ofStep(step: StepView | undefined, run: RunView): NodeFacts {
  if (!step) return { status: "idle", attempts: 0 };
  const isOver = run.state !== "running" && step.outcome === "running";
  const finishedAt = step.finishedAt ?? (isOver ? run.finishedAt : undefined);
  return {
    // A run succeeds when all its steps have: what still says otherwise was written a moment too early.
    status: isOver ? (run.state === "succeeded" ? "succeeded" : "stopped") : step.outcome,
    attempts: step.attempts,
    startedAt: step.startedAt,
    ...(finishedAt ? { finishedAt } : {}),
    ...(step.message ? { message: step.message } : {}),
    step,
  };
}

const ended = ({ finishedAt, message }: RunView): NodeFacts => ({
  status: "failed",
  attempts: 1,
  ...(finishedAt ? { startedAt: finishedAt, finishedAt } : {}),
  ...(message ? { message } : {}),
});

/** A Map is what its inside is: it runs while something in it may still come. */
function ofFrame(graph: Graph, { id }: GraphNode, facts: Map<string, NodeFacts>, run: RunView): NodeFacts {
  const inside = graph.nodes.filter(({ frame }) => frame === id).flatMap((node) => facts.get(node.id) ?? []);
  const begun = inside.filter(hasBegun);
  const starts = begun.flatMap(({ startedAt }) => startedAt ?? []).sort();
  const ends = begun.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  const isPast = graph.edges.some(({ from, to, kind }) => from === id && kind === "next" && isPastBy(graph, to, facts));
  const isOver = isPast || run.state !== "running";
  const [startedAt, finishedAt] = [starts[0], ends.at(-1)];
  // Of a Map without batches it is known that it is past, and nothing else.
  if (!startedAt) return { status: isPast ? "succeeded" : "idle", attempts: 0 };
  return {
    status: isOver ? (inside.some(({ status }) => status === "stopped") ? "stopped" : "succeeded") : "running",
    attempts: 1,
    startedAt,
    ...(isOver && finishedAt ? { finishedAt } : {}),
  };
}

/** Whether a state, or through choices one after it, has begun. */
const isPastBy = (graph: Graph, id: string, facts: Map<string, NodeFacts>): boolean =>
  hasBegun(facts.get(id)) ||
  (graph.nodes.some((node) => node.id === id && node.kind === "choice") &&
    graph.edges.some(({ from, to }) => from === id && isPastBy(graph, to, facts)));

/** Whether the run will not come to this state any more. */
function isPassedBy(graph: Graph, node: GraphNode, run: RunView, facts: Map<string, NodeFacts>): boolean {
  if (run.state === "succeeded") return node.kind !== "success";
  if (node.aside) return false;
  if (!node.frame) return graph.nodes.some(({ id }) => hasBegun(facts.get(id)) && leadsTo(graph, node.id, id));
  if (facts.get(node.frame)?.status === "succeeded") return true;
  const sources = graph.edges.filter(({ to, kind }) => to === node.id && kind !== "catch").map(({ from }) => from);
  // What the first choice leads to is planned; what comes after that, only the steps know.
  const isFirst = sources.some((id) => graph.edges.every(({ to }) => to !== id));
  return node.kind === "task" && isFirst && run.planned !== undefined && !(node.id in run.planned);
}

function isTaken(graph: Graph, edge: GraphEdge, facts: Map<string, NodeFacts>, run: RunView): boolean {
  const [from, to] = [facts.get(edge.from), facts.get(edge.to)];
  const source = graph.nodes.find(({ id }) => id === edge.from);
  if (edge.kind === "catch")
    return from?.status === "failed" && hasBegun(to) && (Boolean(source?.frame) || run.state === "failed");
  if (!hasBegun(from) || !hasBegun(to)) return false;
  if (from?.status === "running" && source?.kind === "task" && !source.frame) return false;
  // Of several ways to a state the longest that has begun was taken.
  return !graph.edges.some(
    ({ from: other, to: end, kind }) =>
      end === edge.to &&
      other !== edge.from &&
      kind !== "catch" &&
      hasBegun(facts.get(other)) &&
      leadsTo(graph, edge.from, other),
  );
}

const leadsTo = (graph: Graph, from: string, to: string): boolean =>
  graph.edges.some(
    (edge) => edge.from === from && edge.kind !== "catch" && (edge.to === to || leadsTo(graph, edge.to, to)),
  );
