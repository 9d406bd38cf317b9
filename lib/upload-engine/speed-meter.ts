/** Half of what a moment weighs is forgotten after two seconds. */
const HALF_LIFE_MS = 2000;
/** After this long without a byte nothing moves: what is left of the average is no speed. */
const IDLE_MS = 5000;

/** A moving average of bytes a second; times in milliseconds. */
export class SpeedMeter {
  #pending = 0;
  #weighted = 0;
  #weight = 0;
  #last: number | undefined;
  #movedAt = 0;

  add(bytes: number, now: number): void {
    this.#last ??= now;
    this.#movedAt = now;
    this.#pending += bytes;
  }

  /** The average up to `now`. Moments that have not been lived through do not count, so it is right from the start. */
  speed(now: number): number {
    if (this.#last === undefined) return 0;
    const elapsed = now - this.#last;
    if (elapsed >= 50) {
      const keep = 0.5 ** (elapsed / HALF_LIFE_MS);
      this.#weighted = this.#weighted * keep + (this.#pending / elapsed) * 1000 * (1 - keep);
      this.#weight = this.#weight * keep + (1 - keep);
      this.#pending = 0;
      this.#last = now;
    }
    return this.#weight === 0 || now - this.#movedAt >= IDLE_MS ? 0 : this.#weighted / this.#weight;
  }

  reset(): void {
    this.#pending = 0;
    this.#weighted = 0;
    this.#weight = 0;
    this.#last = undefined;
  }
}
