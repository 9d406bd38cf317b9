/** `npm run bench -- NAME [--json]`: speed and size as ratios, both sides measured in one run, in turn. */
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { CommandError } from "#infra/local/core/command-error.ts";

/** A bench prints what a person reads as it goes; what it resolves to is the last line with `--json`. */
export type Bench = { about: string; run(args: string[]): Promise<Record<string, unknown>> };

const NAMES = globSync("*.bench.ts", { cwd: import.meta.dirname }).map((file) => basename(file, ".bench.ts"));

const load = async (name: string): Promise<Bench> =>
  ((await import(join(import.meta.dirname, `${name}.bench.ts`))) as { default: Bench }).default;

const [name = "", ...args] = process.argv.slice(2);
if (!NAMES.includes(name)) {
  const lines = await Promise.all(NAMES.map(async (known) => `  ${known.padEnd(14)}${(await load(known)).about}`));
  throw new CommandError(`Usage: npm run bench -- NAME [--json]\n${lines.join("\n")}`);
}
const result = await (await load(name)).run(args.filter((word) => word !== "--json"));
if (args.includes("--json")) console.log(JSON.stringify(result));
