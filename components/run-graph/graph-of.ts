import { conditionWords, type Rule } from "./condition-words.ts";

/** What the drawing needs to know of a state machine in the Amazon States Language. */
export type Definition = { StartAt: string; States: Record<string, State> };
type State = {
  Type: string;
  Next?: string | undefined;
  End?: boolean | undefined;
  Default?: string | undefined;
  Choices?: (Rule & { Next: string })[] | undefined;
  Catch?: { ErrorEquals: string[]; Next: string }[] | undefined;
  ItemProcessor?: Definition | undefined;
};

export type GraphNode = {
  /** The state's name. */
  id: string;
  kind: "task" | "choice" | "map" | "success" | "failure";
  /** The Map around it. */
  frame?: string;
  /** Nothing comes after it, in its machine. */
  end: boolean;
  /** Reached only when something goes wrong. */
  aside: boolean;
};

export type GraphEdge = {
  id: string;
  from: string;
  to: string;
  kind: "next" | "choice" | "default" | "catch";
  /** When it is taken, in words; of a choice. */
  label?: string;
  /** Pass states on the way, which are not drawn. */
  through: string[];
};

/** In the order of the definition, what is inside a Map after it. */
export type Graph = { nodes: GraphNode[]; edges: GraphEdge[] };

const KINDS: Record<string, GraphNode["kind"]> = { Choice: "choice", Map: "map", Succeed: "success", Fail: "failure" };

/** The nodes and edges of a state machine, drawn from its definition alone. */
export function graphOf(definition: Definition, frame?: string): Graph {
  const graph: Graph = { nodes: [], edges: [] };
  const [drawn, regular] = [reachable(definition, { caught: true }), reachable(definition, { caught: false })];
  for (const [id, state] of Object.entries(definition.States)) {
    if (state.Type === "Pass" || !drawn.has(id)) continue;
    graph.nodes.push({
      id,
      kind: KINDS[state.Type] ?? "task",
      ...(frame ? { frame } : {}),
      end: state.End === true || state.Type === "Succeed" || state.Type === "Fail",
      aside: !regular.has(id),
    });
    graph.edges.push(...joinAlike(exitsOf(state).map((exit) => toEdge(definition, id, exit))));
    if (!state.ItemProcessor) continue;
    const inner = graphOf(state.ItemProcessor, id);
    graph.nodes.push(...inner.nodes);
    graph.edges.push(...inner.edges);
  }
  return graph;
}

type Exit = { to: string; kind: GraphEdge["kind"]; label?: string };

function exitsOf(state: State): Exit[] {
  const choices = (state.Choices ?? []).map(
    (rule): Exit => ({ to: rule.Next, kind: "choice", label: conditionWords(rule) }),
  );
  return [
    ...(state.Next ? [{ to: state.Next, kind: "next" } as const] : []),
    ...choices,
    ...(state.Default ? [{ to: state.Default, kind: "default", label: "otherwise" } as const] : []),
    ...(state.Catch ?? []).filter(isForAll).map(({ Next }): Exit => ({ to: Next, kind: "catch" })),
  ];
}

/** What catches one error by its name ends a run that nobody looks at: it is not drawn. */
const isForAll = ({ ErrorEquals }: { ErrorEquals: string[] }): boolean => ErrorEquals.includes("States.ALL");

/** Goes on through Pass states to the first state that is drawn. */
function toEdge(definition: Definition, from: string, { to, ...exit }: Exit): GraphEdge {
  const through: string[] = [];
  let end = to;
  for (let state = definition.States[end]; state?.Type === "Pass" && state.Next; state = definition.States[end]) {
    through.push(end);
    end = state.Next;
  }
  return { id: `${from}-${exit.kind}-${end}`, from, to: end, through, ...exit };
}

/** Several conditions that lead to the same state are one edge. */
function joinAlike(edges: GraphEdge[]): GraphEdge[] {
  const joined = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const known = joined.get(edge.id);
    const label = [known?.label, edge.label].filter(Boolean).join(" or ");
    joined.set(edge.id, { ...edge, ...(label ? { label } : {}) });
  }
  return [...joined.values()];
}

/** The states that are reached by edges that are drawn, with or without those of what goes wrong. */
function reachable({ StartAt, States }: Definition, { caught }: { caught: boolean }): Set<string> {
  const found = new Set([StartAt]);
  for (const id of found) {
    const state = States[id];
    for (const { to, kind } of state ? exitsOf(state) : []) if (caught || kind !== "catch") found.add(to);
  }
  return found;
}
