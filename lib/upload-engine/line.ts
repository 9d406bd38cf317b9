/** How often the line is looked at while something is under way, in milliseconds. */
export const LINE_LOOK_MS = 1000;
/** What is under way is no more than the line carries in so many seconds, and is cut down beyond `TOO_LONG`. */
const UNDER_WAY = 10;
const TOO_LONG = 15;
/** The first bytes only fill buffers on the way, so they tell nothing; in milliseconds. */
const FILLING = 1500;
/** For how long bytes have to flow until they tell a speed, and few connections' until they tell that they are too few. */
const TELLING = 3000;
const TELLING_OF_FEW = 16_000;
const WINDOW = 20_000;
/** Nothing moved for this long: that the line is frozen says nothing of how wide it is. */
const FROZEN = 3000;
/** More connections that carry so many times as much are worth having. */
const MORE = 1.4;
const LEFT_ALONE = 120_000;

/**
 * What the line carries, told by the bytes that leave. On a slow one fewer parts are under way, so that little is lost when
 * it breaks. Where each connection is slow by itself fewer of them would only carry less: that is found out, and undone.
 */
export class Line {
  #moved: { at: number; bytes: number }[] = [];
  #since = 0;
  /** Bytes a second by which is held back; 0 while nothing is. */
  #carries = 0;
  /** What few connections carried, while it is tried whether more of them carry more. */
  #few = 0;
  #aloneUntil = Number.NEGATIVE_INFINITY;

  /** Parts are under way again, or differently many: what was before tells nothing. */
  begins(now: number): void {
    this.#since = now + FILLING;
    this.#moved = [];
  }

  moved(bytes: number, now: number): void {
    if (now < this.#since) return;
    const last = this.#moved.at(-1);
    if (last && now - last.at < LINE_LOOK_MS) last.bytes += bytes;
    else this.#moved.push({ at: now, bytes });
  }

  /** Whether `more` bytes may go beside those that are under way. */
  hasRoom(underWay: number, more: number): boolean {
    return underWay === 0 || this.#carries === 0 || underWay + more <= this.#carries * UNDER_WAY;
  }

  isTooMuch(underWay: number): boolean {
    return this.#carries > 0 && underWay > this.#carries * TOO_LONG;
  }

  /** Judges the line anew; `underWay` in bytes. */
  look(underWay: number, now: number): void {
    const time = now - this.#since;
    const latest = this.#moved.at(-1);
    if (time < TELLING || !latest || now - latest.at >= FROZEN) return;
    const speed = this.#speed(now);
    if (this.#carries > 0) this.#lookAtFew(speed, time, now);
    else this.#lookAtMany(speed, underWay, now);
  }

  #lookAtMany(speed: number, underWay: number, now: number): void {
    if (this.#few > 0 && speed > this.#few * MORE) this.#aloneUntil = now + LEFT_ALONE;
    this.#few = 0;
    if (now < this.#aloneUntil || underWay <= speed * TOO_LONG) return;
    this.#carries = speed;
    this.begins(now);
  }

  #lookAtFew(speed: number, time: number, now: number): void {
    if (speed >= this.#carries) this.#carries = speed;
    else if (time >= TELLING_OF_FEW && speed * MORE < this.#carries) {
      this.#few = speed;
      this.#carries = 0;
      this.begins(now);
    }
  }

  /** Bytes a second. */
  #speed(now: number): number {
    const from = Math.max(this.#since, now - WINDOW);
    while (this.#moved[0] && this.#moved[0].at < from) this.#moved.shift();
    return this.#moved.reduce((sum, { bytes }) => sum + bytes, 0) / ((now - from) / 1000);
  }
}
