import type { Runtime } from "./runtime.ts";

/**
 * At most about seven snapshots per second; while bytes are sent at least one every quarter of a second, so that speed
 * and time are up to date.
 */
const MIN_INTERVAL_MS = 150;
const BUSY_INTERVAL_MS = 250;

/** Keeps the latest snapshot and notifies listeners of new ones, throttled. */
export class Publisher<T> {
  readonly #runtime: Runtime;
  readonly #build: () => T;
  readonly #isBusy: () => boolean;
  readonly #listeners = new Set<() => void>();
  #snapshot: T;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #scheduled: { at: number; cancel: () => void } | undefined;

  constructor(runtime: Runtime, build: () => T, isBusy: () => boolean) {
    this.#runtime = runtime;
    this.#build = build;
    this.#isBusy = isBusy;
    this.#snapshot = build();
  }

  get snapshot(): T {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something changed: publishes a snapshot soon. */
  publishSoon(): void {
    this.#schedule(Math.max(0, this.#publishedAt + MIN_INTERVAL_MS - this.#runtime.now()));
  }

  /** Something has ended that a person waits for: publishes a snapshot at once. */
  publishNow(): void {
    if (!this.#closed) this.#schedule(0);
  }

  close(): void {
    this.#closed = true;
    this.#scheduled?.cancel();
    this.#listeners.clear();
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    const at = this.#runtime.now() + ms;
    if (this.#scheduled && this.#scheduled.at <= at) return;
    this.#scheduled?.cancel();
    this.#scheduled = { at, cancel: this.#runtime.after(ms, () => this.#publish()) };
  }

  #publish(): void {
    this.#scheduled = undefined;
    this.#publishedAt = this.#runtime.now();
    this.#snapshot = this.#build();
    if (this.#isBusy()) this.#schedule(BUSY_INTERVAL_MS);
    for (const listener of [...this.#listeners]) listener();
  }
}
