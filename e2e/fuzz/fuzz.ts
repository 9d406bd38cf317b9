import { caseOf } from "./case.ts";
import { type Answer, Runner } from "./runner.ts";
import { type Kind, type Seed, seedsOf } from "./seeds.ts";
import { SUBJECTS } from "./subjects.ts";

export type Finding = { kind: Kind; number: number; name: string; bytes: Uint8Array; finding: string };
export type Tally = Record<"cases" | "preview" | "notice" | "refusal" | "slowest" | "mib" | "findings", number>;
export type FuzzOptions = {
  kinds: readonly Kind[];
  /** In all, shared alike by the kinds. */
  seconds: number;
  seed: number;
  /** Below it each process has a folder of its own. */
  folder: string;
  /** This case alone. */
  only?: number;
  tell(line: string): void;
  found(finding: Finding): void;
};

/** Of the time goes to cases that run with their thread; the others run within one process, many times as fast. */
const CALLED_SHARE = 0.3;
const TELL_MS = 10_000;
/** More of one kind are most often the same one. */
const MAX_FINDINGS = 10;

export async function fuzz(options: FuzzOptions): Promise<Record<string, Tally>> {
  const tallies: Record<string, Tally> = {};
  for (const kind of options.kinds) {
    const seeds = await seedsOf(kind);
    if (seeds.length === 0) options.tell(`${kind}: left out, since ffmpeg is not installed here.`);
    else tallies[kind] = await fuzzKind(kind, seeds, options);
  }
  return tallies;
}

async function fuzzKind(kind: Kind, seeds: Seed[], options: FuzzOptions): Promise<Tally> {
  const { seed, folder, kinds, tell, only } = options;
  const called = new Runner(kind, "called", seed, folder);
  const inside = SUBJECTS[kind].inside ? new Runner(kind, "inside", seed, folder) : called;
  const tally: Tally = { cases: 0, preview: 0, notice: 0, refusal: 0, slowest: 0, mib: 0, findings: 0 };
  await called.ready();
  await inside.ready();
  const begun = performance.now();
  let inCalled = 0;
  const until = performance.now() + (options.seconds * 1000) / kinds.length;
  let next = performance.now() + TELL_MS;
  try {
    for (let number = only ?? 1; only === undefined || number === only; number++) {
      const started = performance.now();
      const alone = only === undefined && inCalled > (started - begun) * CALLED_SHARE;
      const answer = await settle(alone ? inside : called, called, number);
      if (!alone) inCalled += performance.now() - started;
      count(tally, answer);
      if (answer.finding) {
        tally.findings++;
        options.found({ ...caseOf(kind, seed, number, seeds), kind, number, finding: answer.finding });
      }
      if (tally.findings >= MAX_FINDINGS || performance.now() > until) break;
      if (performance.now() < next) continue;
      tell(`${kind}: ${tally.cases} cases, ${tally.findings} findings`);
      next = performance.now() + TELL_MS;
    }
  } finally {
    called.end();
    inside.end();
  }
  tell(`${kind}: ${tally.cases} cases, ${tally.findings} findings, done`);
  return tally;
}

/**
 * What counts is what happens when the reader is called as the product does: a thread that does not end is ended from
 * outside. And a bound that was passed once may be another program's doing; passed twice, it is the file's.
 */
async function settle(first: Runner, called: Runner, number: number): Promise<Answer> {
  const answer = await first.run(number);
  if (!answer.finding) return answer;
  const measured = answer.late || /^It (took|kept)/.test(answer.finding);
  if (!measured) return answer;
  called.end();
  return await called.run(number);
}

function count(tally: Tally, { outcome, ms, mib }: Answer): void {
  tally.cases++;
  tally.slowest = Math.max(tally.slowest, ms);
  tally.mib = Math.max(tally.mib, mib);
  if (outcome === "preview" || outcome === "notice" || outcome === "refusal") tally[outcome]++;
}
