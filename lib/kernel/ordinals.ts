/** Sets of ordinals as text: `0-99,105`. Ten thousand files in a row take a few bytes. */

type Range = [first: number, last: number];

const parse = (text: string): Range[] =>
  text
    .split(",")
    .filter(Boolean)
    .map((piece) => {
      const [first = 0, last = first] = piece.split("-").map(Number);
      return [first, last];
    });

export function hasOrdinal(text: string, ordinal: number): boolean {
  return parse(text).some(([first, last]) => first <= ordinal && ordinal <= last);
}

/** All of a set, in order. */
export function* ordinalsIn(text: string): Generator<number> {
  for (const [first, last] of parse(text)) for (let ordinal = first; ordinal <= last; ordinal++) yield ordinal;
}

/** The set with these ordinals as well; they may come in any order, and more than once. */
export function addOrdinals(text: string, ordinals: Iterable<number>): string {
  const all = [...parse(text), ...Array.from(ordinals, (one): Range => [one, one])].sort(([a], [b]) => a - b);
  const joined: Range[] = [];
  for (const [first, last] of all) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** The set of these ordinals. */
export const rangesOf = (ordinals: Iterable<number>): string => addOrdinals("", ordinals);
