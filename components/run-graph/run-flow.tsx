"use client";
import { type Edge, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useEffect, useMemo, useRef, useState } from "react";
import { formatCount } from "#lib/kernel/format.ts";
import type { RunView } from "#lib/workflow/run.schema.ts";
import { DELIVERY } from "./drawn-graph.ts";
import type { GraphNode } from "./graph-of.ts";
import { layout } from "./layout.ts";
import { hasBegun, type NodeFacts } from "./run-status.ts";
import { contentOf, shapeOf, sizeFor } from "./sizes.ts";
import { StateCard, StateDot, StateFrame, type StateNode } from "./state-card.tsx";
import { StateEdge, type StateEdgeData } from "./state-edge.tsx";

const NODE_TYPES = { card: StateCard, dot: StateDot, frame: StateFrame };
const EDGE_TYPES = { way: StateEdge };
/** From this width on the drawing goes to the right, below it goes down. */
const WIDE = 600;

export type RunFlowProps = {
  run: RunView;
  facts: Map<string, NodeFacts>;
  taken: Set<string>;
  now: number;
  onOpen: (state: string) => void;
};

/**
 * The state machine with a run drawn into it. For eyes and pointers only: whoever listens or uses the keyboard has the
 * same facts and details in the list beneath.
 */
export default function RunFlow({ run, facts, taken, now, onOpen }: RunFlowProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const isRight = width >= WIDE;
  const sizes = DELIVERY.nodes.map((node) => {
    const own = facts.get(node.id);
    return { shape: shapeOf(node, hasBegun(own)), content: contentOf(own) };
  });
  // Times go on every second; what the drawing looks like changes with the sizes of its cards alone.
  const key = JSON.stringify(sizes);
  const drawn = useMemo(() => {
    const known: typeof sizes = JSON.parse(key);
    const sizeOf = (node: GraphNode, room: number) => {
      const own = known[DELIVERY.nodes.indexOf(node)];
      return own ? sizeFor(node, { ...own, isRight, room }) : { width: 0, height: 0 };
    };
    return layout(DELIVERY, { direction: isRight ? "right" : "down", width, sizeOf });
  }, [width, isRight, key]);

  const nodes = DELIVERY.nodes.map((node): StateNode => {
    const { x = 0, y = 0, width = 0, height = 0 } = drawn.boxes.get(node.id) ?? {};
    const own = facts.get(node.id) ?? { status: "idle", attempts: 0 };
    const type = node.kind === "map" ? "frame" : shapeOf(node, hasBegun(own));
    const batches = Object.values(run.planned ?? {}).reduce((a, b) => a + b, 0);
    return {
      id: node.id,
      type,
      position: { x, y },
      width,
      height,
      zIndex: node.kind === "map" ? -1 : 1,
      data: {
        node,
        facts: own,
        now,
        opens: own.step !== undefined,
        ...(batches > 1 ? { frameWords: `for each of ${formatCount(batches, "batch", "batches")}` } : {}),
      },
    };
  });
  const edges = DELIVERY.edges.flatMap((edge): Edge<StateEdgeData>[] => {
    const route = drawn.routes.get(edge.id);
    if (!route) return [];
    const aside = DELIVERY.nodes.some(({ id, aside }) => id === edge.from && aside);
    const data = { edge, route, aside, taken: taken.has(edge.id), busy: facts.get(edge.to)?.status === "running" };
    return [{ id: edge.id, source: edge.from, target: edge.to, type: "way", zIndex: data.taken ? 1 : 0, data }];
  });

  const zoom = Math.min(1, width / drawn.width);
  const viewport = { x: Math.max(0, (width - drawn.width * zoom) / 2), y: 2, zoom };
  return (
    <div ref={box} aria-hidden className="w-full" style={{ height: width ? drawn.height * zoom + 4 : undefined }}>
      {width > 0 ? (
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          viewport={viewport}
          onNodeClick={(_, { id, data }) => {
            if (data.opens) onOpen(id);
          }}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          panOnDrag={false}
          zoomOnScroll={false}
          zoomOnPinch={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          minZoom={0.2}
          proOptions={{ hideAttribution: true }}
        />
      ) : null}
    </div>
  );
}

/** The width of an element in whole pixels; 0 until it is known. */
function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
