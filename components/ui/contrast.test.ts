import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../app/globals.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/--color-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((m) => [
    m[1],
    [m[2], m[3]],
  ]),
);

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

const GROUNDS = ["canvas", "surface", "raised", "sunken"];
const PAIRS: [front: string, grounds: string[], least: number][] = [
  ["ink", GROUNDS, 7],
  ["soft", GROUNDS, 4.5],
  ["faint", GROUNDS, 4.5],
  ["hazel", [...GROUNDS, "hazel-wash"], 4.5],
  ["good", [...GROUNDS, "good-wash"], 4.5],
  ["bad", [...GROUNDS, "bad-wash"], 4.5],
  ["moon", [...GROUNDS, "moon-wash"], 4.5],
  ["on-hazel", ["hazel", "hazel-strong"], 4.5],
  ["edge", GROUNDS, 3],
];

for (const [theme, name] of ["light", "dark"].entries()) {
  test(`text and controls meet WCAG AA in the ${name} theme`, () => {
    for (const [front, grounds, least] of PAIRS) {
      for (const ground of grounds) {
        const a = tokens.get(front)?.[theme];
        const b = tokens.get(ground)?.[theme];
        assert.ok(a && b, `${front} and ${ground} are tokens`);
        const ratio = contrast(a, b);
        assert.ok(ratio >= least, `${front} on ${ground}: ${ratio.toFixed(2)} < ${least}`);
      }
    }
  });
}
