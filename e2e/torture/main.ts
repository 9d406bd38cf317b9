/** `npm run torture -- upload [--runs 30] [--seed 1]`: prints each run's seed, and the tally as its last line. */
import { parseArgs } from "node:util";
import { CommandError } from "#infra/local/core/command-error.ts";
import { tortureUploads } from "./upload.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "30" }, seed: { type: "string", default: "1" } },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (positionals[0] !== "upload" || !(runs > 0) || !Number.isInteger(runs) || !Number.isInteger(seed)) {
  throw new CommandError("Usage: npm run torture -- upload [--runs 30] [--seed 1]");
}
const arrived = await tortureUploads({ runs, seed, tell: (line) => console.log(line) });
console.log(`${arrived} of ${runs} arrived bit for bit, seeds ${seed} to ${seed + runs - 1}`);
process.exit(arrived === runs ? 0 : 1);
