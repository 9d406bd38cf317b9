/**
 * `npm run fuzz [-- --seconds 300] [--seed 1] [--kind pdf] [--case 17]`: feeds every reader of strangers' files with
 * broken ones. What must not happen is a finding: it is kept as a file, and the last lines say how it is repeated.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CommandError } from "#infra/local/core/command-error.ts";
import { main as fuzzTheApi } from "./api/main.ts";
import { fuzz } from "./fuzz.ts";
import { KINDS, type Kind } from "./seeds.ts";

if (process.argv[2] === "api") process.exit(await fuzzTheApi(process.argv.slice(3)));

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    kind: { type: "string", multiple: true },
    case: { type: "string" },
  },
});
const [seconds, seed, only] = [Number(values.seconds), Number(values.seed), Number(values.case ?? 0)];
const isKind = (word: string): word is Kind => KINDS.some((kind) => kind === word);
const kinds = (values.kind ?? KINDS).filter(isKind);
const whole = Number.isInteger(seed) && Number.isInteger(only);
if (!(seconds > 0) || !whole || kinds.length < (values.kind ?? KINDS).length) {
  throw new CommandError(`Usage: npm run fuzz -- [--seconds 300] [--seed 1] [--kind ${KINDS.join("|")}] [--case 1]`);
}

const KEPT = resolve("test-results/fuzz");
const folder = mkdtempSync(join(tmpdir(), "dormouse-fuzz-"));
const columns = [8, 8, 10, 9, 10, 12, 10, 10];
const line = (cells: (string | number)[]) =>
  cells.map((cell, index) => `${cell}`[index === 0 ? "padEnd" : "padStart"](columns[index] ?? 8)).join("");
let found = 0;
try {
  console.log(`Seed ${seed}, ${seconds} seconds: ${kinds.join(", ")}`);
  const tallies = await fuzz({
    ...{ kinds, seconds, seed, folder },
    ...(values.case === undefined ? {} : { only }),
    tell: (text) => console.log(text),
    found({ kind, number, name, bytes, finding }) {
      found++;
      mkdirSync(KEPT, { recursive: true });
      const path = join(KEPT, `${kind}-${seed}-${number}-${name}`);
      writeFileSync(path, bytes);
      console.log(`\n${kind}, case ${number} (${name}, ${bytes.length} bytes): ${finding}`);
      console.log(`  kept as ${path}\n  again: npm run fuzz -- --seed ${seed} --kind ${kind} --case ${number}\n`);
    },
  });
  console.log(line(["kind", "cases", "previews", "notices", "refusals", "slowest ms", "most MiB", "findings"]));
  for (const [kind, { cases, preview, notice, refusal, slowest, mib, findings }] of Object.entries(tallies))
    console.log(line([kind, cases, preview, notice, refusal, Math.round(slowest), Math.round(mib), findings]));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(found === 0 ? "No finding." : `${found} findings.`);
process.exit(found === 0 ? 0 : 1);
