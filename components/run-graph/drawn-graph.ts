import { WORKFLOW_FUNCTIONS, workflowDefinition } from "#lib/workflow/definition.ts";
import { splitWords } from "./condition-words.ts";
import { type Graph, type GraphNode, graphOf } from "./graph-of.ts";

const task = { definition: "", container: "" };

/** The delivery workflow as it is drawn; which resources it calls makes no difference to that. */
export const DELIVERY: Graph = inPeoplesWords(
  graphOf(
    workflowDefinition({
      functions: byName(WORKFLOW_FUNCTIONS),
      cluster: "",
      network: { subnets: [], securityGroups: [] },
      tasks: { scan: task, transcode: task },
    }),
  ),
);

/** Every name as its own value. The cast holds, since each of the names becomes a key. */
function byName<T extends string>(names: readonly T[]): Record<T, string> {
  const named: Record<string, string> = Object.fromEntries(names.map((name) => [name, name]));
  return named as Record<T, string>;
}

/** Where the condition's own words are the machine's, by the edge's two ends. */
function inPeoplesWords(graph: Graph): Graph {
  const words: Record<string, string> = {
    "Kind Pictures": "pictures",
    "Kind Documents": "documents",
    "Kind Archives": "archives",
    "Kind Media": "sound and video",
    "Kind NoPreview": "anything else",
    "Playable Transcode": "not everywhere",
    "Playable NoPreview": "everywhere",
    "Policy Publish": "without a scan",
    "Policy OpenUnscanned": "at once",
    "Policy Scan": "after the scan",
  };
  const edges = graph.edges.map((edge) => {
    const label = words[`${edge.from} ${edge.to}`] ?? edge.label;
    return { ...edge, ...(label && edge.label ? { label } : {}) };
  });
  return { ...graph, edges };
}

/** States whose name alone does not say enough to people. */
const LABELS: Record<string, string> = {
  Transcode: "Video copy",
  OpenUnscanned: "Open early",
  Scan: "Virus scan",
  Announce: "Tell people",
  Preview: "Previews",
  NotePreviewFailure: "Preview failed",
  NoteFailure: "Note why",
  Kind: "Kind of file",
  Playable: "Where it plays",
  Policy: "When files open",
};

/** A state's name for people; one that is new to this page gets its own name in words. */
export function labelOf({ id }: Pick<GraphNode, "id">): string {
  const words = LABELS[id] ?? splitWords(id);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
