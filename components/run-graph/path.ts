export type Point = { x: number; y: number };

/** An SVG path along straight lines, with rounded corners. */
export function roundedPath(points: Point[], radius = 8): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const parts = [`M${show(first)}`];
  for (const [index, point] of rest.entries()) {
    const before = points[index] ?? first;
    const after = rest[index + 1];
    if (!after) parts.push(`L${show(point)}`);
    else {
      const reach = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2);
      parts.push(`L${show(towards(point, before, reach))}Q${show(point)} ${show(towards(point, after, reach))}`);
    }
  }
  return parts.join("");
}

/** A curve that leaves and arrives along the direction of the drawing. */
export function curve(from: Point, to: Point, isRight: boolean): string {
  const half = isRight ? (to.x - from.x) / 2 : (to.y - from.y) / 2;
  const [a, b] = isRight
    ? [
        { x: from.x + half, y: from.y },
        { x: to.x - half, y: to.y },
      ]
    : [
        { x: from.x, y: from.y + half },
        { x: to.x, y: to.y - half },
      ];
  return `C${show(a)} ${show(b)} ${show(to)}`;
}

export const show = ({ x, y }: Point): string => `${round(x)},${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

function towards(from: Point, to: Point, reach: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * reach) / length, y: from.y + ((to.y - from.y) * reach) / length };
}
