import { processorTicks } from "./processor-time.ts";

/** Tells whether a program is making progress or hangs: progress is bytes that move, or processor time that is used. */
export class ProgressWatch {
  #movedAt = performance.now();
  #ticks: number | undefined;
  readonly #pid: () => number | undefined;
  readonly #onSign: () => void;

  /** `onSign` is called whenever there is progress. */
  constructor(pid: () => number | undefined, onSign: () => void = () => {}) {
    this.#pid = pid;
    this.#onSign = onSign;
  }

  moved(): void {
    this.#movedAt = performance.now();
    this.#onSign();
  }

  /** Milliseconds without progress. */
  elapsed(): number {
    const ticks = processorTicks(this.#pid());
    if (ticks !== undefined && ticks !== this.#ticks) {
      // The first measurement does not count as progress.
      if (this.#ticks !== undefined) this.moved();
      this.#ticks = ticks;
    }
    return performance.now() - this.#movedAt;
  }
}
