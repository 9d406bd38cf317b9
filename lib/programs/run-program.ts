import { type Confinement, confine } from "./confined.ts";
import { ProgressWatch } from "./progress-watch.ts";

export type RunOptions = Confinement & {
  /** Killed after that long, however busy. */
  deadlineMs: number;
  signal: AbortSignal;
  /** Killed after that long without a sign of life. */
  stillMs?: number;
  onSign?: () => void;
  /** What it writes, as it comes; `moved` says that this is progress. */
  onOutput?: (text: string, moved: () => void) => void;
};

/** `overrun` and `still`: it was killed for that. `killed`: by somebody else, such as a system short of memory. */
export type Ran = { ended: "well" | "badly" | "killed" | "overrun" | "still"; output: string; errors: string };

const NO_PROGRESS_MS = 60_000;
const MAX_OUTPUT_BYTES = 4 * 1024 ** 2;
const LAST_ERRORS = 4000;

/**
 * Runs a program of the system to its end, shut in and for no longer than it may. Answers how it ended, the beginning of
 * what it wrote and the end of its complaints; throws when it can't be started or `signal` says stop.
 */
export async function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { deadlineMs, signal, stillMs = NO_PROGRESS_MS, onSign, onOutput } = options;
  signal.throwIfAborted();
  const running = await confine(program, args, options);
  const still = new ProgressWatch(() => running.pid, onSign);
  let [output, errors] = ["", ""];
  let why: "overrun" | "still" | undefined;
  const kill = (reason: typeof why) => {
    why ??= reason;
    running.kill("SIGKILL");
  };
  const started = performance.now();
  const watching = setInterval(
    () => {
      if (performance.now() - started > deadlineMs) kill("overrun");
      else if (still.elapsed() > stillMs) kill("still");
    },
    Math.min(1000, stillMs / 20, deadlineMs / 20),
  );
  const onStop = () => kill(undefined);
  signal.addEventListener("abort", onStop, { once: true });
  running.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (onOutput) onOutput(text, () => still.moved());
    else if (output.length < MAX_OUTPUT_BYTES) output += text;
  });
  running.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-LAST_ERRORS);
  });
  if (signal.aborted) onStop();
  try {
    const { code, killed } = await running.ended;
    signal.throwIfAborted();
    return { ended: why ?? (killed ? "killed" : code === 0 ? "well" : "badly"), output, errors };
  } finally {
    clearInterval(watching);
    signal.removeEventListener("abort", onStop);
  }
}
