import { spawn } from "node:child_process";
import { bareEnvironment } from "./find-program.ts";
import { Stillness } from "./stillness.ts";

export type RunOptions = {
  /** Its working folder, home and temporary folder. */
  folder: string;
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

const STILL_MS = 60_000;
const MOST_OUTPUT = 4 * 1024 ** 2;
const LAST_ERRORS = 4000;

/**
 * Runs a program of the system to its end, without our credentials and for no longer than it may. Answers how it ended,
 * the beginning of what it wrote and the end of its complaints; throws when it can't be started or `signal` says stop.
 */
export function runProgram(program: string, words: readonly string[], options: RunOptions): Promise<Ran> {
  const { folder, deadlineMs, signal, stillMs = STILL_MS, onSign, onOutput } = options;
  signal.throwIfAborted();
  // Not detached: who ends this task's process group ends it as well.
  const child = spawn(program, words, {
    cwd: folder,
    env: bareEnvironment(folder),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const still = new Stillness(() => child.pid, onSign);
  let [output, errors] = ["", ""];
  let why: "overrun" | "still" | undefined;
  const kill = (reason: typeof why) => {
    why ??= reason;
    child.kill("SIGKILL");
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
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (onOutput) onOutput(text, () => still.moved());
    else if (output.length < MOST_OUTPUT) output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-LAST_ERRORS);
  });
  return new Promise<Ran>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, byWhat) => {
      if (signal.aborted) return reject(signal.reason);
      resolve({ ended: why ?? (byWhat ? "killed" : code === 0 ? "well" : "badly"), output, errors });
    });
  }).finally(() => {
    clearInterval(watching);
    signal.removeEventListener("abort", onStop);
  });
}
