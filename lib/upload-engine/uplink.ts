/** How often the uplink is measured while parts are in flight, in milliseconds. */
export const MEASURE_EVERY_MS = 1000;
/** At most so many seconds of the uplink's capacity are in flight; beyond `OVERLOAD_SECONDS` parts are aborted. */
const MAX_SECONDS_IN_FLIGHT = 10;
const OVERLOAD_SECONDS = 15;
/** The first bytes only fill buffers, so they do not tell the speed. */
const BUFFERS_FILL_MS = 1500;
/**
 * How long bytes must be sent before they tell the speed, and before it shows that few connections carry too little.
 */
const MIN_MEASURED_MS = 3000;
const MIN_MEASURED_LIMITED_MS = 16_000;
const WINDOW_MS = 20_000;
/** If nothing was sent for this long the uplink is frozen, which says nothing about its speed. */
const FROZEN_MS = 3000;
/** More connections are worth having if they carry more by at least this factor. */
const WORTHWHILE_GAIN = 1.4;
/** How long nothing is limited after limiting has proved wrong. */
const UNLIMITED_MS = 120_000;

/**
 * Measures the capacity of the uplink by the bytes that are sent. On a slow uplink fewer parts are in flight, so that
 * little is lost when the connection breaks. If each TCP connection is slow by itself, fewer connections only carry
 * less: that is detected, and the limit is lifted.
 */
export class Uplink {
  #samples: { at: number; bytes: number }[] = [];
  #measuredSince = 0;
  /** Bytes per second, as measured; bytes in flight are limited by it. 0: no limit. */
  #limit = 0;
  /** Bytes per second that few connections carried, while more connections are being tried. */
  #speedOfFew = 0;
  #unlimitedUntil = Number.NEGATIVE_INFINITY;

  /** Restarts the measurement: parts are in flight again, or another number of them. */
  restart(now: number): void {
    this.#measuredSince = now + BUFFERS_FILL_MS;
    this.#samples = [];
  }

  addBytes(bytes: number, now: number): void {
    if (now < this.#measuredSince) return;
    const last = this.#samples.at(-1);
    if (last && now - last.at < MEASURE_EVERY_MS) last.bytes += bytes;
    else this.#samples.push({ at: now, bytes });
  }

  /** Whether `more` bytes may be sent in addition to those in flight. */
  hasRoom(bytesInFlight: number, more: number): boolean {
    return bytesInFlight === 0 || this.#limit === 0 || bytesInFlight + more <= this.#limit * MAX_SECONDS_IN_FLIGHT;
  }

  isOverloaded(bytesInFlight: number): boolean {
    return this.#limit > 0 && bytesInFlight > this.#limit * OVERLOAD_SECONDS;
  }

  /** Sets or lifts the limit by the measured speed. */
  measure(bytesInFlight: number, now: number): void {
    const elapsed = now - this.#measuredSince;
    const latest = this.#samples.at(-1);
    if (elapsed < MIN_MEASURED_MS || !latest || now - latest.at >= FROZEN_MS) return;
    const speed = this.#speed(now);
    if (this.#limit > 0) this.#adjustLimit(speed, elapsed, now);
    else this.#limitWhenSlow(speed, bytesInFlight, now);
  }

  #limitWhenSlow(speed: number, bytesInFlight: number, now: number): void {
    if (this.#speedOfFew > 0 && speed > this.#speedOfFew * WORTHWHILE_GAIN) this.#unlimitedUntil = now + UNLIMITED_MS;
    this.#speedOfFew = 0;
    if (now < this.#unlimitedUntil || bytesInFlight <= speed * OVERLOAD_SECONDS) return;
    this.#limit = speed;
    this.restart(now);
  }

  #adjustLimit(speed: number, elapsed: number, now: number): void {
    if (speed >= this.#limit) this.#limit = speed;
    else if (elapsed >= MIN_MEASURED_LIMITED_MS && speed * WORTHWHILE_GAIN < this.#limit) {
      this.#speedOfFew = speed;
      this.#limit = 0;
      this.restart(now);
    }
  }

  /** Bytes per second. */
  #speed(now: number): number {
    const from = Math.max(this.#measuredSince, now - WINDOW_MS);
    while (this.#samples[0] && this.#samples[0].at < from) this.#samples.shift();
    return this.#samples.reduce((sum, { bytes }) => sum + bytes, 0) / ((now - from) / 1000);
  }
}
