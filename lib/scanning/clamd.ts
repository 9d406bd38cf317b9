import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Confined, confine } from "#lib/programs/confined.ts";
import { ProgressWatch } from "#lib/programs/progress-watch.ts";
import { clamdConfig, MAX_SCAN_MS, MAX_SCANNED_BYTES, SCANS_AT_A_TIME, SIGNATURES_MIB } from "./clamd-config.ts";
import { ask, instream, type Waiting } from "./instream.ts";
import { ScannerFailed, ScannerGone, SourceFailed } from "./scanning.errors.ts";
import { showDatabases } from "./show-databases.ts";

export type ClamdOptions = {
  program: string;
  /** A folder with signatures. */
  databases: string;
  /** Called whenever there is progress. */
  onSign?: () => void;
  signal?: AbortSignal;
  /** It hangs after this long without progress. */
  stillMs?: number;
};

const NO_PROGRESS_MS = 60_000;
/** One vCPU reads a hundred thousand signatures per second, and there are almost nine million. */
const START_MS = 300_000;
const ERROR_TAIL = 2000;
/** Files are sent to it on its socket. Each file is mapped as a whole, and so are files found in it. */
const LIMITS = {
  network: false,
  memoryMib: SIGNATURES_MIB,
  addressMib: SIGNATURES_MIB + SCANS_AT_A_TIME * 4 * 2048,
  fileBytes: MAX_SCANNED_BYTES,
};

/** Reads a file from its start; `signal` ends the reading. */
export type OpenSource = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** clamd as a child of this process, with a socket and a folder of its own. */
export class Clamd {
  readonly #child: Confined;
  readonly #folder: string;
  readonly #onSign: () => void;
  readonly #stillMs: number;
  readonly #ended: Promise<void>;
  #words = "";
  #gone = false;
  #killed = false;

  /**
   * Starts clamd and waits until it has read its signatures. Throws ScannerFailed when it can't start, ScannerGone when
   * it was killed meanwhile.
   */
  static async start(options: ClamdOptions): Promise<Clamd> {
    const { program, databases } = options;
    const folder = mkdtempSync(join(tmpdir(), "dormouse-clamd-"));
    // clamd's user may pass through this folder to the two folders in it, but can't list it.
    chmodSync(folder, 0o711);
    let clamd: Clamd;
    try {
      const [work, shown] = [join(folder, "work"), join(folder, "databases")];
      const reads = showDatabases(databases, shown);
      mkdirSync(work, { mode: 0o700 });
      writeFileSync(join(work, "clamd.conf"), clamdConfig(work, shown));
      const words = ["--foreground", `--config-file=${join(work, "clamd.conf")}`];
      clamd = new Clamd(options, folder, await confine(program, words, { folder: work, reads, ...LIMITS }));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw new ScannerFailed("The virus scanner can't be started.", error);
    }
    try {
      await clamd.#ready(options.signal ?? new AbortController().signal);
      return clamd;
    } catch (error) {
      await clamd.stop();
      throw error;
    }
  }

  private constructor({ onSign = () => {}, stillMs = NO_PROGRESS_MS }: ClamdOptions, folder: string, child: Confined) {
    this.#onSign = onSign;
    this.#stillMs = stillMs;
    this.#folder = folder;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (words: string) => {
        this.#words = (this.#words + words).slice(-ERROR_TAIL);
      });
    }
    this.#ended = child.ended
      .then(
        ({ killed }) => {
          this.#killed = killed;
        },
        (error: Error) => {
          this.#words += error.message;
        },
      )
      .finally(() => {
        this.#gone = true;
      });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it has ended by itself, or was ended because it hung. */
  get gone(): boolean {
    return this.#gone;
  }

  /** The end of its output, for the log. */
  get lastWords(): string {
    return this.#words.trim();
  }

  get #socket(): string {
    return join(this.#folder, "work", "clamd.sock");
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const still = new ProgressWatch(() => this.pid, this.#onSign);
    const deadline = performance.now() + START_MS;
    for (;;) {
      signal.throwIfAborted();
      if (this.#killed) throw new ScannerGone("clamd was killed while it started.");
      if (this.#gone) throw new ScannerFailed("The virus scanner did not start.", this.lastWords);
      if (still.elapsed() > this.#stillMs || performance.now() > deadline) {
        throw new ScannerFailed("The virus scanner did not start in time.", this.lastWords);
      }
      try {
        if ((await ask(this.#socket, "PING", AbortSignal.any([signal, AbortSignal.timeout(5000)]))) === "PONG") return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ScannerGone || (error instanceof Error && error.name === "TimeoutError"))) throw error;
      }
      await delay(50);
    }
  }

  /**
   * Scans a file and returns clamd's answer. Throws ScannerGone when clamd ended or hung meanwhile, SourceFailed when
   * the file could not be read or its bytes did not arrive.
   */
  async scan(open: OpenSource, signal: AbortSignal): Promise<string> {
    const ending = new AbortController();
    const any = AbortSignal.any([signal, ending.signal]);
    const still = new ProgressWatch(() => this.pid, this.#onSign);
    let waiting: Waiting = "source";
    let bytesAt = performance.now();
    let allSentAt: number | undefined;
    const watching = setInterval(() => {
      // While it waits for the file, clamd's work on other files does not count as progress.
      const elapsed = Math.max(still.elapsed(), waiting === "source" ? performance.now() - bytesAt : 0);
      const endless = allSentAt !== undefined && performance.now() - allSentAt > MAX_SCAN_MS + this.#stillMs;
      if (elapsed < this.#stillMs && !endless) return;
      if (waiting === "source") {
        ending.abort(new SourceFailed("No byte of the file arrived for a while."));
      } else {
        this.#child.kill("SIGKILL");
        ending.abort(new ScannerGone("clamd stood still."));
      }
    }, this.#stillMs / 20);
    try {
      const source = watchEnd(open(any), () => {
        allSentAt = performance.now();
      });
      return await instream(this.#socket, source, {
        signal: any,
        onMove(now) {
          waiting = now;
          bytesAt = performance.now();
          still.moved();
        },
      });
    } catch (error) {
      // Its exit is reported a moment after its sockets have closed.
      if (error instanceof ScannerGone) await Promise.race([this.#ended, delay(1000)]);
      throw error;
    } finally {
      clearInterval(watching);
    }
  }

  /** Ends it, and removes its files. */
  async stop(): Promise<void> {
    if (!this.#gone) {
      this.#child.kill("SIGTERM");
      const killing = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
      await this.#ended;
      clearTimeout(killing);
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function* watchEnd(source: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  yield* source;
  onEnd();
}
