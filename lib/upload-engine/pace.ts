/**
 * How many parts are under way at a time. Browsers open six connections to an origin that speaks HTTP/1.1, as S3 does:
 * it begins with these, and beyond (in a CLI) it grows only while that brings more bytes a second.
 * A timeout, a stall or a 503 halves it, and it comes back by one for each round of parts that arrive.
 */
const BROWSERS_OWN = 6;
/** What is worth another connection. */
const GAIN = 1.05;
/** Parts that are under way together fail together: one cut in this many milliseconds is enough. */
const CUT_MS = 1000;
/** A part's own speed is told by parts that take their time, in bytes. */
const TELLING = 5 * 1024 ** 2;

export class Pace {
  readonly #most: number;
  #limit: number;
  /** Up to where it grew before the last trouble. */
  #threshold = BROWSERS_OWN;
  #arrived = 0;
  #goodputAtRaise = 0;
  #cutAt = Number.NEGATIVE_INFINITY;
  #perConnection = 0;

  constructor(most: number) {
    this.#most = most;
    this.#limit = Math.min(BROWSERS_OWN, most);
  }

  get limit(): number {
    return this.#limit;
  }

  /** Bytes a second of one connection, a moving average; 0 while unknown. */
  get perConnection(): number {
    return this.#perConnection;
  }

  /** A part of `bytes` arrived `ms` after it was begun; `goodput`: bytes a second of all together. */
  arrived(bytes: number, ms: number, goodput: number): void {
    if (bytes >= TELLING && ms > 0) {
      const speed = (bytes / ms) * 1000;
      this.#perConnection = this.#perConnection === 0 ? speed : 0.8 * this.#perConnection + 0.2 * speed;
    }
    this.#arrived++;
    if (this.#limit >= this.#most) return;
    const growsFast = this.#limit < this.#threshold;
    if (!growsFast && this.#arrived < this.#limit) return;
    if (this.#limit >= BROWSERS_OWN && goodput < this.#goodputAtRaise * GAIN) return;
    this.#limit++;
    this.#arrived = 0;
    this.#goodputAtRaise = goodput;
  }

  /** No answer, or “try again later”. */
  trouble(now: number): void {
    if (now - this.#cutAt < CUT_MS) return;
    this.#cutAt = now;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#threshold = this.#limit;
    this.#arrived = 0;
    this.#goodputAtRaise = 0;
  }
}
