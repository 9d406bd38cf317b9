import { processorTicks } from "./processor-time.ts";

/** Tells a program that is busy from one that hangs: bytes move, or its processor time does. */
export class ProgressWatch {
  #movedAt = performance.now();
  #ticks: number | undefined;
  readonly #pid: () => number | undefined;
  readonly #onSign: () => void;

  /** `onSign` is called at every sign of life. */
  constructor(pid: () => number | undefined, onSign: () => void = () => {}) {
    this.#pid = pid;
    this.#onSign = onSign;
  }

  moved(): void {
    this.#movedAt = performance.now();
    this.#onSign();
  }

  /** Milliseconds without a sign of life. */
  elapsed(): number {
    const ticks = processorTicks(this.#pid());
    if (ticks !== undefined && ticks !== this.#ticks) {
      // The first look is no sign yet.
      if (this.#ticks !== undefined) this.moved();
      this.#ticks = ticks;
    }
    return performance.now() - this.#movedAt;
  }
}
