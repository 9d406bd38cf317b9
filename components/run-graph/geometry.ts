import type { Point } from "./path.ts";

export type Size = { width: number; height: number };
export type Box = { x: number; y: number } & Size;

/** How an edge is drawn: alone from end to end, or joined to others that lead to the same state. */
export type Route = { path: string; shared: string; label?: Point & { anchor: "end" | "middle" } };

/** A layer as it is drawn: where it begins and ends along the direction, and its row. */
export type Column = { start: number; end: number; row: number };
export type Row = { top: number; bottom: number };
