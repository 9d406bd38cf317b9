/** Files of a run are kept as ranges of their ordinals, such as `0-99,105`: ten thousand of them in a few bytes. */

/** Ordinals in any order, as ranges. */
export function rangesOf(ordinals: Iterable<number>): string {
  const ranges: [number, number][] = [];
  for (const ordinal of [...new Set(ordinals)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === ordinal - 1) last[1] = ordinal;
    else ranges.push([ordinal, ordinal]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

export function* ordinalsIn(ranges: string): Generator<number> {
  for (const range of ranges.split(",").filter(Boolean)) {
    const [first = 0, last = first] = range.split("-").map(Number);
    for (let ordinal = first; ordinal <= last; ordinal++) yield ordinal;
  }
}
