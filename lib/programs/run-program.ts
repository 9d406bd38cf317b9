import { type Confinement, confine } from "./confined.ts";
import { ProgressWatch } from "./progress-watch.ts";

export type RunOptions = Confinement & {
  /** Killed after this long, even if it makes progress. */
  deadlineMs: number;
  signal: AbortSignal;
  /** Killed after this long without progress. */
  stillMs?: number;
  onSign?: () => void;
  /** Receives its output as it comes; `moved` says that it is progress. */
  onOutput?: (text: string, moved: () => void) => void;
};

/**
 * `overrun` and `still`: it was killed for that. `killed`: by somebody else, for example because the system is short of
 * memory.
 */
export type Ran = { ended: "well" | "badly" | "killed" | "overrun" | "still"; output: string; errors: string };

const NO_PROGRESS_MS = 60_000;
const MAX_OUTPUT_BYTES = 4 * 1024 ** 2;
const LAST_ERRORS = 4000;

/**
 * Runs a program of the system to its end, confined and with limits on its time. Returns how it ended, the beginning of
 * its output and the end of its error output. Throws when it can't be started or `signal` is aborted.
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
