import assert from "node:assert/strict";
import { test } from "node:test";
import { DELIVERY } from "./drawn-graph.ts";
import type { Box } from "./geometry.ts";
import type { Graph, GraphNode } from "./graph-of.ts";
import { type Layout, layout } from "./layout.ts";
import { shapeOf, sizeFor } from "./sizes.ts";

const WIDTHS = { right: [620, 820, 1200, 2000], down: [280, 330, 560] } as const;

function* drawings(
  graph: Graph,
): Generator<{ name: string; direction: "right" | "down"; width: number; drawn: Layout }> {
  for (const direction of ["right", "down"] as const) {
    for (const width of WIDTHS[direction]) {
      for (const failed of [false, true]) {
        const sizeOf = (node: GraphNode, room: number) =>
          sizeFor(node, {
            shape: shapeOf(node, failed),
            content: { lines: failed ? 2 : 1, speaks: failed },
            isRight: direction === "right",
            room,
          });
        const drawn = layout(graph, { direction, width, sizeOf });
        yield { name: `${direction} at ${width} px${failed ? ", failed" : ""}`, direction, width, drawn };
      }
    }
  }
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const inside = (a: Box, b: Box): boolean =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
const boxOf = (drawn: Layout, id: string): Box => {
  const box = drawn.boxes.get(id);
  assert.ok(box, `${id} has a place`);
  return box;
};

test("no two states overlap, and what a Map holds lies within its frame", () => {
  for (const { name, drawn } of drawings(DELIVERY)) {
    for (const [index, a] of DELIVERY.nodes.entries()) {
      const whole = { x: 0, y: 0, width: drawn.width, height: drawn.height };
      assert.ok(inside(boxOf(drawn, a.id), whole), `${name}: ${a.id} is within the drawing`);
      if (a.frame) assert.ok(inside(boxOf(drawn, a.id), boxOf(drawn, a.frame)), `${name}: ${a.id} is within its frame`);
      for (const b of DELIVERY.nodes.slice(index + 1)) {
        if (a.frame !== b.frame) continue;
        assert.ok(!overlap(boxOf(drawn, a.id), boxOf(drawn, b.id)), `${name}: ${a.id} and ${b.id}`);
      }
    }
  }
});

test("every edge goes forward: to a later layer, and while nothing fails along the drawing's direction or to its next row", () => {
  const isAside = (id: string) => DELIVERY.nodes.some((node) => node.id === id && node.aside);
  for (const { name, direction, drawn } of drawings(DELIVERY)) {
    for (const { id, from, to, kind } of DELIVERY.edges) {
      assert.ok(drawn.routes.get(id)?.path.startsWith("M"), `${name}: ${id} is drawn`);
      if (isAside(from) && !isAside(to)) continue;
      assert.ok((drawn.layers.get(from) ?? 0) < (drawn.layers.get(to) ?? 0), `${name}: ${id}`);
      if (kind === "catch" || isAside(from)) continue;
      const [a, b] = [boxOf(drawn, from), boxOf(drawn, to)];
      const ahead = direction === "right" ? a.x + a.width < b.x || a.y + a.height < b.y : a.y + a.height < b.y;
      assert.ok(ahead, `${name}: ${id} goes back`);
    }
  }
});

test("the drawing fits the width that it is given, from 620 pixels on in rows, and on a phone going down", () => {
  for (const { name, width, drawn } of drawings(DELIVERY)) {
    assert.ok(drawn.width <= width || width < 800, `${name} is ${drawn.width} px wide`);
    assert.ok(drawn.width <= width * 1.4, `${name} is ${drawn.width} px wide`);
  }
});

test("a layer that is too full for its room goes on below, the longest way first", () => {
  const fan = ["One", "Two", "Three", "Four"];
  const node = (id: string): GraphNode => ({ id, kind: "task", end: false, aside: false, frame: "Each" });
  const edge = (from: string, to: string) => ({ id: `${from}-${to}`, from, to, kind: "next" as const, through: [] });
  const graph: Graph = {
    nodes: [{ id: "Each", kind: "map", end: true, aside: false }, ...["Start", ...fan, "Last"].map(node)],
    edges: [...fan.map((id) => edge("Start", id)), edge("Four", "Last")],
  };
  const drawn = layout(graph, { direction: "down", width: 400, sizeOf: () => ({ width: 80, height: 40 }) });
  const layerOf = (id: string) => drawn.layers.get(id);
  assert.deepEqual(["Start", "One", "Two", "Three", "Four", "Last"].map(layerOf), [0, 1, 1, 2, 1, 2]);
});
