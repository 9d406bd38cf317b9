/** One child that runs cases of a kind, watched from outside: it may end, or never answer. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FromChild, Mode } from "./child.ts";
import type { Kind } from "./seeds.ts";
import { DEADLINE_SECONDS } from "./subjects.ts";

export type Answer = { ms: number; mib: number; outcome?: string; finding?: string; late?: true };

/** After its deadline a reader may still tell what it has, and its thread or program is ended and cleared away. */
const GRACE_SECONDS = 10;
const START_MS = 120_000;
/** A process that has had so many cases makes room for a fresh one. */
const MAX_CASES = 2000;

export class Runner {
  readonly #kind: Kind;
  readonly #mode: Mode;
  readonly #seed: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #slowness = 1;
  #cases = 0;
  #words = "";

  constructor(kind: Kind, mode: Mode, seed: number, folder: string) {
    this.#kind = kind;
    this.#mode = mode;
    this.#seed = seed;
    this.#folder = join(folder, `${kind}-${mode}`);
    // Both are looked into after each case: a reader writes to neither.
    mkdirSync(this.#folder, { recursive: true });
  }

  async run(number: number): Promise<Answer> {
    if (this.#cases++ >= MAX_CASES) this.end();
    const child = await this.ready();
    const started = performance.now();
    const answer = this.#next(child, (DEADLINE_SECONDS + GRACE_SECONDS) * 1000 * this.#slowness);
    child.send({ number });
    const message = await answer;
    if (message === "late" || message === "ended") {
      this.end();
      const ms = performance.now() - started;
      if (message === "late") return { ms, mib: 0, late: true, finding: "It went on after its deadline." };
      return { ms, mib: 0, finding: `The process ended. ${this.#words}` };
    }
    if ("ready" in message) throw new Error("A child said twice that it is ready.");
    return message;
  }

  async ready(): Promise<ChildProcess> {
    return this.#child ?? (await this.#start());
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
    this.#cases = 0;
  }

  async #start(): Promise<ChildProcess> {
    const { PATH = "" } = process.env;
    // It may write to its own folder alone, as far as Node can tell; child.ts looks at what programs leave there.
    const rights = ["--permission", "--allow-fs-read=*", `--allow-fs-write=${this.#folder}`];
    const may = ["--allow-worker", "--allow-addons", "--allow-child-process"];
    const child = fork(join(import.meta.dirname, "child.ts"), [this.#kind, this.#mode, `${this.#seed}`], {
      cwd: this.#folder,
      env: { PATH, HOME: this.#folder, TMPDIR: this.#folder } as unknown as NodeJS.ProcessEnv,
      execArgv: ["--disable-warning=ExperimentalWarning", ...rights, ...may],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    this.#words = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-4000);
    });
    const first = await this.#next(child, START_MS);
    if (typeof first === "string" || !("ready" in first)) throw new Error(`A child did not start: ${this.#words}`);
    this.#slowness = first.clock;
    return child;
  }

  async #next(child: ChildProcess, ms: number): Promise<FromChild | "late" | "ended"> {
    const end = new AbortController();
    const late = AbortSignal.timeout(Math.ceil(ms));
    const signal = AbortSignal.any([end.signal, late]);
    try {
      return await Promise.race([
        once(child, "message", { signal }).then(([message]) => message as FromChild),
        once(child, "exit", { signal }).then(() => "ended" as const),
      ]);
    } catch (error) {
      if (late.aborted) return "late";
      throw error;
    } finally {
      end.abort();
    }
  }
}
