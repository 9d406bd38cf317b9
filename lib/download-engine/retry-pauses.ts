import { DownloadLost } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** Milliseconds without a single byte after which a download is given up. */
const GIVE_UP_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 20_000;

/**
 * Pauses between attempts, longer each time, with jitter; they start again from the shortest whenever bytes have
 * arrived.
 */
export class RetryPauses {
  readonly #runtime: Runtime;
  #tries = 0;
  #since: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#since = runtime.now();
  }

  /** Attempts since bytes arrived. */
  get tries(): number {
    return this.#tries;
  }

  progress(): void {
    this.#tries = 0;
    this.#since = this.#runtime.now();
  }

  /** Throws DownloadLost when it has waited long enough, and the signal's reason when that is aborted. */
  async pause(cause: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#runtime.now() - this.#since > GIVE_UP_MS) throw new DownloadLost(cause);
    const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries++);
    await this.#runtime.wait(longest * (0.5 + this.#runtime.random() / 2), signal);
    signal.throwIfAborted();
  }
}
