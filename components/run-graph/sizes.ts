import type { Size } from "./geometry.ts";
import type { GraphNode } from "./graph-of.ts";
import type { NodeFacts } from "./run-status.ts";

export type Shape = "dot" | "card";

/** What a state is drawn as: people read cards; where the machine merely decides or ends there is a dot. */
export const shapeOf = (node: GraphNode, happened: boolean): Shape =>
  node.kind === "choice" || node.kind === "success" || (node.aside && !happened) ? "dot" : "card";

const DOT = { width: 14, height: 14 };

/** How much a card has to say: lines of facts, and whether a sentence follows. */
export type Content = { lines: number; speaks: boolean };

export function contentOf(facts: NodeFacts | undefined): Content {
  if (!facts) return { lines: 1, speaks: false };
  const { status, step, attempts, message, startedAt } = facts;
  const speaks = status === "running" || (step?.batches?.total ?? 0) > 1 || attempts > 1;
  return { lines: startedAt && speaks ? 2 : 1, speaks: message !== undefined };
}

/** Cards of a size that holds their words. Pixels. */
export function sizeFor(
  node: GraphNode,
  { shape, content, isRight, room }: { shape: Shape; content: Content; isRight: boolean; room: number },
): Size {
  if (shape === "dot") return DOT;
  const width = isRight ? 112 : node.aside ? 128 : node.frame ? Math.floor((room - 72) / 2) : 144;
  return { width, height: 31 + content.lines * 14 + (content.speaks ? 32 : 0) };
}
