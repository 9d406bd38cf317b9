/**
 * How many parts are in flight at a time. Browsers open six connections to an origin that speaks HTTP/1.1, as S3 does,
 * so it begins with six. Beyond six (in a command-line client) it grows only while that increases the bytes per second.
 * A timeout, a stall or a 503 halves it; then it grows by one for each round of parts that arrive.
 */
const BROWSER_CONNECTIONS = 6;
/** Another connection is worth having if goodput grows by at least this factor. */
const WORTHWHILE_GAIN = 1.05;
/** Parts that are in flight together fail together, and count as one failure. */
const MIN_MS_BETWEEN_CUTS = 1000;
/** Smaller parts do not tell the speed of a connection. */
const MIN_MEASURED_BYTES = 5 * 1024 ** 2;

export class ConcurrencyLimit {
  readonly #max: number;
  #limit: number;
  /** The limit before it was last halved (the slow-start threshold). */
  #threshold = BROWSER_CONNECTIONS;
  #arrived = 0;
  #goodputAtRaise = 0;
  #cutAt = Number.NEGATIVE_INFINITY;
  #connectionSpeed = 0;

  constructor(max: number) {
    this.#max = max;
    this.#limit = Math.min(BROWSER_CONNECTIONS, max);
  }

  get limit(): number {
    return this.#limit;
  }

  /** Bytes per second of one connection, a moving average; 0 while unknown. */
  get connectionSpeed(): number {
    return this.#connectionSpeed;
  }

  /** A part of `bytes` arrived `ms` after it was started. `goodput`: bytes per second of all parts together. */
  partArrived(bytes: number, ms: number, goodput: number): void {
    if (bytes >= MIN_MEASURED_BYTES && ms > 0) {
      const speed = (bytes / ms) * 1000;
      this.#connectionSpeed = this.#connectionSpeed === 0 ? speed : 0.8 * this.#connectionSpeed + 0.2 * speed;
    }
    this.#arrived++;
    if (this.#limit >= this.#max) return;
    const growsFast = this.#limit < this.#threshold;
    if (!growsFast && this.#arrived < this.#limit) return;
    if (this.#limit >= BROWSER_CONNECTIONS && goodput < this.#goodputAtRaise * WORTHWHILE_GAIN) return;
    this.#limit++;
    this.#arrived = 0;
    this.#goodputAtRaise = goodput;
  }

  /** A part got no answer, or “try again later”. */
  congested(now: number): void {
    if (now - this.#cutAt < MIN_MS_BETWEEN_CUTS) return;
    this.#cutAt = now;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#threshold = this.#limit;
    this.#arrived = 0;
    this.#goodputAtRaise = 0;
  }
}
