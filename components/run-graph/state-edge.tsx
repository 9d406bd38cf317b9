"use client";
import type { Edge, EdgeProps } from "@xyflow/react";
import { classNames } from "#components/ui/class-names.ts";
import type { Route } from "./geometry.ts";
import type { GraphEdge } from "./graph-of.ts";

export type StateEdgeData = { edge: GraphEdge; route: Route; taken: boolean; busy: boolean; aside: boolean };

/** A way from one state to the next; dashed where it is taken when something goes wrong. */
export function StateEdge({ data }: EdgeProps<Edge<StateEdgeData>>) {
  if (!data) return null;
  const { edge, route, taken, busy, aside } = data;
  const isCatch = edge.kind === "catch" || aside;
  return (
    <>
      <path
        d={taken ? route.path : route.shared}
        fill="none"
        strokeWidth={taken ? 1.75 : 1.25}
        strokeDasharray={isCatch ? "3 4" : undefined}
        className={classNames(
          "transition-[stroke] duration-300",
          taken
            ? isCatch
              ? "stroke-bad"
              : busy
                ? "stroke-hazel"
                : "stroke-good/80"
            : isCatch
              ? "stroke-edge/35"
              : "stroke-edge/45",
        )}
      />
      {route.label && edge.label ? (
        <text
          x={route.label.x}
          y={route.label.y}
          textAnchor={route.label.anchor}
          className={classNames(
            "fill-current stroke-surface text-[0.65625rem] [paint-order:stroke] [stroke-linejoin:round] [stroke-width:4px]",
            taken ? "text-soft" : "text-faint",
          )}
        >
          {edge.label}
        </text>
      ) : null}
    </>
  );
}
