/** A measurement loses half of its weight in two seconds. */
const HALF_LIFE_MS = 2000;
/** After this long without a byte the speed is 0. */
const IDLE_MS = 5000;

/** A moving average of bytes per second; times in milliseconds. */
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

  /** The average up to `now`. Time before the first measurement does not count, so it is correct from the start. */
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
