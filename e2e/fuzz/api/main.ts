/**
 * `npm run fuzz -- api [--count 5000] [--seed 1] [--case 17]`: requests made from the program interface's document, most
 * of them with something wrong, against the functions that answer. The last lines say how a finding is repeated.
 */
import { parseArgs } from "node:util";
import { CommandError } from "#infra/local/core/command-error.ts";
import { startEngines } from "#lib/testing/engines.ts";
import { fuzzApi, type Tally } from "./fuzz-api.ts";

const tell = console.log.bind(console);

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: "string", default: "5000" },
      seed: { type: "string", default: `${Math.floor(Math.random() * 1e9)}` },
      case: { type: "string" },
    },
  });
  const [count, seed, only] = [Number(values.count), Number(values.seed), Number(values.case ?? 0)];
  if (![count, seed, only].every(Number.isInteger) || count < 1)
    throw new CommandError("Usage: npm run fuzz -- api [--count 5000] [--seed 1] [--case 17]");
  tell(`Seed ${seed}, ${count} requests`);
  // Refusals are logged as in production; here they are the point.
  console.log = () => undefined;
  const stop = await startEngines();
  try {
    const tally = await fuzzApi({ count, seed, ...(values.case === undefined ? {} : { only }) });
    print(tally);
    for (const { number, finding, request } of tally.findings.slice(0, 20)) {
      tell(`\n${finding.slice(0, 500)}\n  ${JSON.stringify(request).slice(0, 800)}`);
      tell(`  again: npm run fuzz -- api --count ${count} --seed ${seed} --case ${number}`);
    }
    tell(tally.findings.length === 0 ? "No finding." : `${tally.findings.length} findings.`);
    return tally.findings.length === 0 ? 0 : 1;
  } finally {
    await stop();
  }
}

function print({ operations }: Tally): void {
  const statuses = [...new Set(Object.values(operations).flatMap((counts) => Object.keys(counts).map(Number)))].sort();
  const line = (name: string, cells: (string | number)[]) =>
    tell(name.padEnd(18) + cells.map((cell) => `${cell}`.padStart(6)).join(""));
  line("operation", ["all", ...statuses]);
  const sum = (counts: Record<number, number>) => Object.values(counts).reduce((so, one) => so + one, 0);
  for (const [name, counts] of Object.entries(operations).sort(([a], [b]) => a.localeCompare(b)))
    line(name, [sum(counts), ...statuses.map((status) => counts[status] ?? "")]);
  const total = (status: number) => Object.values(operations).reduce((so, counts) => so + (counts[status] ?? 0), 0);
  line("all", [statuses.reduce((so, status) => so + total(status), 0), ...statuses.map(total)]);
}
