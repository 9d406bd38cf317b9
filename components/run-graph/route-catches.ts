import type { Box, Column, Route, Row } from "./geometry.ts";
import type { GraphEdge } from "./graph-of.ts";
import { type Point, roundedPath } from "./path.ts";

type Drawn = {
  boxes: Map<string, Box>;
  columns: Column[];
  rows: Row[];
  ranks: Map<string, number>;
  isRight: boolean;
  width: number;
  /** Height of the line that gathers them, above the states that they lead to. */
  bus: number;
};

/** What goes wrong anywhere is gathered in one line that runs around the other states. */
export function routeCatches(edges: GraphEdge[], drawn: Drawn): Map<string, Route> {
  const routes = new Map<string, Route>();
  const columns = drawn.columns.length;
  const isAside = (id: string) => (drawn.ranks.get(id) ?? 0) >= columns;
  const inOrder = (edge: GraphEdge) => {
    const box = drawn.boxes.get(edge.from);
    const rank = drawn.ranks.get(edge.from) ?? 0;
    const row = drawn.columns[rank]?.row ?? 0;
    // Rows before the last are left by their beginning, so that the last state's way is the longest.
    const along = row < drawn.rows.length - 1 ? -rank : rank;
    return row * 1e7 + along * 1e4 + (drawn.isRight ? (box?.y ?? 0) : (box?.x ?? 0));
  };
  const led = new Set<string>();
  for (const edge of [...edges].sort((a, b) => inOrder(a) - inOrder(b))) {
    const [from, to] = [drawn.boxes.get(edge.from), drawn.boxes.get(edge.to)];
    if (!from || !to) continue;
    if (isAside(edge.from)) {
      const path = roundedPath(isAside(edge.to) ? across(from, to) : up(from, to));
      routes.set(edge.id, { path, shared: path });
      continue;
    }
    const { points, joins } = detour(from, to, drawn, drawn.ranks.get(edge.from) ?? 0);
    const cut = joins.findIndex((key) => led.has(key));
    for (const key of joins) led.add(key);
    const own = cut < 0 ? points : points.slice(0, cut + 2);
    routes.set(edge.id, { path: roundedPath(points), shared: roundedPath(own) });
  }
  return routes;
}

/** A way around the other states, and by name the stretches of it that may be shared with others. */
function detour(from: Box, to: Box, drawn: Drawn, rank: number): { points: Point[]; joins: string[] } {
  const { columns, rows, isRight, width, bus } = drawn;
  const column = columns[rank];
  const end = column?.end ?? 0;
  const into = [
    { x: to.x + to.width / 2, y: bus },
    { x: to.x + to.width / 2, y: to.y },
  ];
  if (!isRight) {
    const exit = { x: from.x + from.width - 10, y: from.y + from.height };
    const [gutter, side] = [end + 8, width - 3];
    const points = [exit, { x: exit.x, y: gutter }, { x: side, y: gutter }, { x: side, y: bus }, ...into];
    return { points, joins: [`gutter ${rank}`, "side", "bus", "bus"] };
  }
  const exit = { x: from.x + from.width, y: from.y + from.height - 9 };
  const gutter = end + 9;
  const row = column?.row ?? 0;
  if (row === rows.length - 1) {
    const points = [exit, { x: gutter, y: exit.y }, { x: gutter, y: bus }, ...into];
    return { points, joins: [`gutter ${rank}`, "bus", "bus"] };
  }
  const between = (rows[row]?.bottom ?? 0) + 10;
  const side = 3;
  const points = [
    exit,
    { x: gutter, y: exit.y },
    { x: gutter, y: between },
    { x: side, y: between },
    { x: side, y: bus },
    ...into,
  ];
  return { points, joins: [`gutter ${rank}`, `between ${row}`, "side", "bus", "bus"] };
}

const middle = ({ y, height }: Box): number => y + height / 2;

const across = (from: Box, to: Box): Point[] => [
  { x: from.x + from.width, y: middle(from) },
  { x: to.x, y: middle(to) },
];

/** Back among the others, from below. */
function up(from: Box, to: Box): Point[] {
  const x = to.x + to.width / 2;
  const foot = { x, y: to.y + to.height };
  if (x > from.x + from.width) return [{ x: from.x + from.width, y: middle(from) }, { x, y: middle(from) }, foot];
  if (x < from.x) return [{ x: from.x, y: middle(from) }, { x, y: middle(from) }, foot];
  return [{ x, y: from.y }, foot];
}
