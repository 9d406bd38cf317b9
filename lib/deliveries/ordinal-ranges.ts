/** Sets of ordinals as text: `0-99,105`. Files are mostly fetched in their order, so that it stays short. */

type Range = [first: number, last: number];

const parse = (text: string): Range[] =>
  text === ""
    ? []
    : text.split(",").map((piece) => {
        const [first = 0, last = first] = piece.split("-").map(Number);
        return [first, last];
      });

const format = (ranges: Range[]): string =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");

export function hasOrdinal(text: string, ordinal: number): boolean {
  return parse(text).some(([first, last]) => first <= ordinal && ordinal <= last);
}

/** All of a set, in order. */
export const ordinalsIn = (text: string): number[] =>
  parse(text).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

/** The set with these ordinals as well. */
export function addOrdinals(text: string, ordinals: number[]): string {
  const all = [...parse(text), ...ordinals.map((one): Range => [one, one])].sort(([a], [b]) => a - b);
  const joined: Range[] = [];
  for (const [first, last] of all) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return format(joined);
}
