import type { Box, Column, Route, Row, Size } from "./geometry.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph-of.ts";
import { type Layered, layer, type Slot } from "./layers.ts";
import { curve, type Point, roundedPath, show } from "./path.ts";
import { routeCatches } from "./route-catches.ts";

export type Layout = Size & { boxes: Map<string, Box>; routes: Map<string, Route>; layers: Map<string, number> };

export type LayoutOptions = {
  /** `right` breaks into rows where `width` is short; `down` puts fewer states side by side. */
  direction: "right" | "down";
  width: number;
  sizeOf: (node: GraphNode, room: number) => Size;
};

const FRAME = { side: 12, top: 30 };
const LABEL_PER_LETTER = 5.3;
const ROW_GAP = 40;
/** How far an edge goes on before it turns to the next row. */
const TURN = 12;
const STRIP_GAP = 26;
const ASIDE_GAP = 28;

const labelWidth = (label = ""): number => label.length * LABEL_PER_LETTER + 4;

/** Where each state of a graph is drawn, and along which line each edge. Pixels from the top left. */
export function layout(graph: Graph, options: LayoutOptions): Layout {
  return levelOf(graph, undefined, options);
}

function levelOf(graph: Graph, frame: string | undefined, options: LayoutOptions): Layout {
  const isRight = options.direction === "right";
  const gaps = isRight ? { cross: 12, main: 24 } : { cross: 8, main: 24 };
  const nodes = graph.nodes.filter((node) => node.frame === frame);
  const inner = new Map<string, Layout>();
  const boxes = new Map<string, Box>();
  const routes = new Map<string, Route>();
  const ranks = new Map<string, number>();
  const busRoom = nodes.some(({ aside }) => aside) && !isRight ? 12 : 0;
  const room = options.width - busRoom;

  const sizes = new Map<string, Size>();
  for (const node of nodes) {
    if (node.kind !== "map") sizes.set(node.id, options.sizeOf(node, room));
    else {
      const inside = levelOf(graph, node.id, { ...options, width: isRight ? Infinity : room - 2 * FRAME.side });
      inner.set(node.id, inside);
      const { width, height } = inside;
      sizes.set(node.id, { width: width + 2 * FRAME.side, height: height + FRAME.top + FRAME.side });
    }
  }
  const sizeOf = (id: string): Size => sizes.get(id) ?? { width: 0, height: 0 };

  const main = nodes.filter(({ aside }) => !aside);
  const isMain = new Set(main.map(({ id }) => id));
  const links = graph.edges.filter(({ from, to, kind }) => kind !== "catch" && isMain.has(from) && isMain.has(to));
  const layered = layer(
    main.map(({ id }) => {
      const { width, height } = sizeOf(id);
      return { id, main: isRight ? width : height, cross: isRight ? height : width };
    }),
    links.map(({ id, from, to, label }) => ({
      id,
      from,
      to,
      ...(label && !isRight && !frame ? { passage: labelWidth(label) } : {}),
    })),
    { gap: gaps.cross, ...(isRight ? {} : frame ? { room: room - 64 } : { within: room }) },
  );

  const { columns, rows } = arrange(layered, links, { isRight, gap: gaps.main, width: options.width });
  const shift = rows.length > 1 ? 24 : 0;
  const rowOf = (at: number) => rows[columns[at]?.row ?? 0] ?? { top: 0, bottom: 0 };
  const toPoint = (along: number, across: number): Point =>
    isRight ? { x: along, y: across } : { x: across, y: along };
  let [right, bottom] = [0, 0];
  for (const [at, slots] of layered.layers.entries()) {
    const column = columns[at];
    if (!column) continue;
    for (const slot of slots) {
      slot.at += rowOf(at).top;
      const along = column.start + shift + (column.end - column.start - slot.main) / 2;
      const corner = toPoint(along, slot.at - slot.cross / 2);
      const size = isRight ? { width: slot.main, height: slot.cross } : { width: slot.cross, height: slot.main };
      right = Math.max(right, corner.x + size.width);
      bottom = Math.max(bottom, corner.y + size.height);
      if (slot.passes) continue;
      boxes.set(slot.id, { ...corner, ...size });
      ranks.set(slot.id, at);
    }
    column.start += shift;
    column.end += shift;
    if (columns[at + 1] && columns[at + 1]?.row !== column.row) right = Math.max(right, column.end + TURN + 2);
  }
  if (!isRight && room < Infinity && !frame) right = centre(boxes, layered, right, room);

  for (const edge of links) {
    const chain = layered.chains.get(edge.id);
    if (chain)
      routes.set(
        edge.id,
        routeOf(edge, chain, { boxes, columns, rows, ranks, toPoint, isRight, inFrame: Boolean(frame) }),
      );
  }

  const asides = nodes.filter(({ aside }) => aside);
  let width = right + busRoom;
  let height = bottom;
  if (asides.length > 0) {
    const top = bottom + STRIP_GAP;
    let x = width - busRoom - (isRight && frame ? 44 : 0);
    for (const [back, { id }] of [...asides].reverse().entries()) {
      const size = sizeOf(id);
      x -= size.width;
      boxes.set(id, { x, y: top, ...size });
      ranks.set(id, layered.layers.length + asides.length - 1 - back);
      height = Math.max(height, top + size.height);
      x -= ASIDE_GAP;
    }
    const low = Math.max(...asides.map(({ id }) => sizeOf(id).height));
    for (const { id } of asides) {
      const box = boxes.get(id);
      if (box) box.y = top + (low - box.height) / 2;
    }
    const others = graph.edges.filter(
      ({ from, to, kind }) => boxes.has(from) && boxes.has(to) && (kind === "catch" || !isMain.has(from)),
    );
    for (const [id, route] of routeCatches(others, { boxes, columns, rows, ranks, isRight, width, bus: top - 10 })) {
      routes.set(id, route);
    }
    width = Math.max(width, ...asides.map(({ id }) => (boxes.get(id)?.x ?? 0) + sizeOf(id).width));
  }

  for (const [id, inside] of inner) {
    const box = boxes.get(id);
    if (box) absorb({ boxes, routes, layers: ranks }, inside, { x: box.x + FRAME.side, y: box.y + FRAME.top });
  }
  return { width, height, boxes, routes, layers: ranks };
}

/** Along the direction: a column for each layer, broken into rows where a single edge crosses from one to the next. */
function arrange(
  { layers, chains }: Layered,
  links: GraphEdge[],
  { isRight, gap, width }: { isRight: boolean; gap: number; width: number },
): { columns: Column[]; rows: Row[] } {
  const layerOf = new Map(layers.flatMap((slots, at) => slots.map((slot) => [slot, at] as const)));
  const crossing = layers.map((_, at) =>
    [...chains.values()].filter((chain) => chain.slice(1).some((slot) => layerOf.get(slot) === at + 1)),
  );
  const extent = layers.map((slots) => Math.max(0, ...slots.map((slot) => slot.main)));
  const gapAfter = layers.map((slots) => {
    const labels = links
      .filter(({ from, label }) => label && slots.some(({ id }) => id === from))
      .map(({ label }) => label);
    if (labels.length === 0) return gap;
    return isRight ? 20 + Math.max(...labels.map((label) => labelWidth(label))) : gap + 12;
  });
  const columns: Column[] = [];
  let [start, row, cut] = [0, 0, -1];
  for (let at = 0; at < layers.length; at++) {
    const size = extent[at] ?? 0;
    if (isRight && start + size + 26 > width && cut >= 0 && columns[cut]?.row === row) {
      at = cut + 1;
      columns.length = at;
      [start, row] = [0, row + 1];
    }
    columns.push({ start, end: start + (extent[at] ?? 0), row });
    if (crossing[at]?.length === 1 && at < layers.length - 1) cut = at;
    start += (extent[at] ?? 0) + (gapAfter[at] ?? gap);
  }
  const rows: Row[] = [];
  for (let at = 0; at <= row; at++) {
    const slots = layers.filter((_, index) => columns[index]?.row === at).flat();
    const least = Math.min(...slots.map((slot) => slot.at - slot.cross / 2));
    const most = Math.max(...slots.map((slot) => slot.at + slot.cross / 2));
    const top = at === 0 ? 0 : (rows[at - 1]?.bottom ?? 0) + ROW_GAP;
    for (const slot of slots) slot.at -= least;
    rows.push({ top, bottom: top + most - least });
  }
  return { columns, rows };
}

/** A drawing that is narrower than its room stands in the middle of it. */
function centre(boxes: Map<string, Box>, { layers }: Layered, right: number, room: number): number {
  const by = Math.max(0, (room - right) / 2);
  for (const box of boxes.values()) box.x += by;
  for (const slot of layers.flat()) slot.at += by;
  return right + by;
}

type Drawn = {
  boxes: Map<string, Box>;
  columns: Column[];
  rows: Row[];
  ranks: Map<string, number>;
  toPoint: (along: number, across: number) => Point;
  isRight: boolean;
  inFrame: boolean;
};

function routeOf(edge: GraphEdge, chain: Slot[], drawn: Drawn): Route {
  const { boxes, columns, rows, ranks, toPoint, isRight, inFrame } = drawn;
  const first = ranks.get(edge.from) ?? 0;
  const [source, target] = [boxes.get(edge.from), boxes.get(edge.to)];
  const [from, to] = [columns[first], columns[first + 1]];
  const [start, end] = [chain[0], chain.at(-1)];
  if (!source || !target || !from || !to || !start || !end) return { path: "", shared: "" };
  const leave = toPoint(isRight ? source.x + source.width : source.y + source.height, start.at);
  const arrive = toPoint(isRight ? target.x : target.y, end.at);
  if (from.row !== to.row) {
    const between = (rows[from.row]?.bottom ?? 0) + ROW_GAP / 2 + 4;
    const [out, back] = [leave.x + TURN, arrive.x - TURN];
    const path = roundedPath([
      leave,
      { x: out, y: leave.y },
      { x: out, y: between },
      { x: back, y: between },
      { x: back, y: arrive.y },
      arrive,
    ]);
    return { path, shared: path };
  }
  let path = `M${show(leave)}`;
  let at = leave;
  for (const [index, slot] of chain.slice(1).entries()) {
    const column = columns[first + index + 1];
    if (!column) continue;
    const next = slot.passes ? toPoint(column.start, slot.at) : arrive;
    path += curve(at, next, isRight);
    if (!slot.passes) break;
    at = toPoint(column.end, slot.at);
    path += `L${show(at)}`;
  }
  const beside = chain[1];
  if (!edge.label || !beside) return { path, shared: path };
  const label = isRight
    ? { x: to.start - 6, y: beside.at - 5, anchor: "end" as const }
    : inFrame || !beside.passes
      ? { x: arrive.x, y: arrive.y - 7, anchor: "middle" as const }
      : { x: beside.at, y: (to.start + to.end) / 2 + 4, anchor: "middle" as const };
  return { path, shared: path, label };
}

/** Takes in what is drawn inside a frame. */
function absorb(outer: Pick<Layout, "boxes" | "routes" | "layers">, inside: Layout, by: Point): void {
  for (const [id, box] of inside.boxes) outer.boxes.set(id, { ...box, x: box.x + by.x, y: box.y + by.y });
  for (const [id, rank] of inside.layers) outer.layers.set(id, rank);
  for (const [id, { path, shared, label }] of inside.routes) {
    outer.routes.set(id, {
      path: movePath(path, by),
      shared: movePath(shared, by),
      ...(label ? { label: { ...label, x: label.x + by.x, y: label.y + by.y } } : {}),
    });
  }
}

const movePath = (path: string, by: Point): string =>
  path.replace(/(-?[\d.]+),(-?[\d.]+)/g, (_, x, y) => show({ x: Number(x) + by.x, y: Number(y) + by.y }));
