/** Runs cases that its parent names, one after the other, in a process that may end over any of them. */
import { readdirSync } from "node:fs";
import { caseOf } from "./case.ts";
import { KINDS, type Kind, seedsOf } from "./seeds.ts";
import { detected, type Outcome, SUBJECTS } from "./subjects.ts";
import { longestBlock, peakMib, slowness } from "./watch.ts";

export type Mode = "called" | "inside";
export type ToChild = { number: number };
export type FromChild =
  | { ready: true; clock: number }
  | { number: number; outcome?: Outcome; finding?: string; ms: number; mib: number };

/** Longer than this, in milliseconds, nothing of a file may keep its siblings waiting. */
const BLOCK_MS = 250;

const [kind, mode, seed] = [process.argv[2] as Kind, process.argv[3] as Mode, Number(process.argv[4])];
if (!KINDS.includes(kind)) throw new Error("This is started by `npm run fuzz`.");
const { called, inside = called, mib } = SUBJECTS[kind];
const run = mode === "called" ? called : inside;
const say = (message: FromChild) => process.send?.(message);

let rejected: unknown;
process.on("unhandledRejection", (error) => {
  // Within a thread of its own a reader may leave promises behind; see lib/inspection/thread.ts.
  if (run === called) rejected ??= error ?? "nothing";
});

const seeds = await seedsOf(kind);
// What is loaded late, and what the first calls left to be collected, is of no case.
for (const { bytes, name } of seeds.slice(0, run === called ? 1 : seeds.length)) {
  await detected(bytes, name).catch(() => undefined);
  await run(bytes, name).catch(() => undefined);
}
const factor = slowness();
let before = peakMib();
const files = () => readdirSync(process.cwd(), { recursive: true }).filter((file) => file !== "spool");

async function attempt(number: number): Promise<Extract<FromChild, { number: number }>> {
  const { bytes, name } = caseOf(kind, seed, number, seeds);
  const started = performance.now();
  let outcome: Outcome | undefined;
  let finding: string | undefined;
  try {
    const detecting = await longestBlock(() => detected(bytes, name));
    const blocked = await longestBlock(async () => {
      outcome = await run(bytes, name);
    });
    const longest = run === called ? Math.max(detecting, blocked) : detecting;
    if (longest > BLOCK_MS * factor.work) finding = `It kept its siblings waiting for ${Math.round(longest)} ms.`;
  } catch (error) {
    finding = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const ms = performance.now() - started;
  if (rejected) finding ??= `A promise was left behind: ${rejected instanceof Error ? rejected.stack : rejected}`;
  rejected = undefined;
  const grown = peakMib() - before;
  if (grown > mib) {
    finding ??= `It took ${Math.round(grown)} MiB, and may take ${mib}.`;
    before = peakMib();
  }
  const left = files();
  if (left.length > 0) finding ??= `It left files behind: ${left.join(", ")}`;
  return { number, ms, mib: grown, ...(outcome ? { outcome } : {}), ...(finding ? { finding } : {}) };
}

process.on("message", ({ number }: ToChild) => void attempt(number).then(say));
process.once("disconnect", () => process.exit());
say({ ready: true, clock: factor.clock });
