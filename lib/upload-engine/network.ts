import type { Runtime } from "./runtime.ts";

/** Whether the system reports a network connection. */
export type Connectivity = {
  isOffline(): boolean;
  /** Calls the listener each time the network is back. Returns a function that ends this. */
  onOnline(listener: () => void): () => void;
};

/** What a browser reports; Node reports nothing, which counts as online. */
export const systemConnectivity: Connectivity = {
  isOffline: () => typeof navigator !== "undefined" && navigator.onLine === false,
  onOnline(listener) {
    globalThis.addEventListener?.("online", listener);
    return () => globalThis.removeEventListener?.("online", listener);
  },
};

/**
 * How long an attempt waits while the browser reports to be offline. Browsers are sometimes wrong, so it is limited.
 */
const OFFLINE_RETRY_MS = 30_000;

/**
 * The state of the connection to the servers. It is judged by the results of calls; what the system reports only
 * changes the length of a wait.
 */
export class Network {
  readonly #runtime: Runtime;
  readonly #connectivity: Connectivity;
  readonly #stopListening: () => void;
  readonly #waiting = new Set<() => void>();
  /** The last call got no answer. */
  isDown = false;
  /** The last call got no answer, although its connection was open. */
  isStalled = false;

  constructor(runtime: Runtime, connectivity: Connectivity = systemConnectivity) {
    this.#runtime = runtime;
    this.#connectivity = connectivity;
    this.#stopListening = connectivity.onOnline(() => this.endWaits());
  }

  get isOffline(): boolean {
    return this.#connectivity.isOffline();
  }

  /** A call got an answer. */
  markReachable(): void {
    this.isDown = false;
    this.isStalled = false;
  }

  markUnreachable({ stalled }: { stalled: boolean }): void {
    this.isDown = true;
    this.isStalled = stalled;
  }

  /** Resolves after `ms`, sooner when the network is back, and at once when `signal` is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        this.#waiting.delete(finish);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const cancel = this.#runtime.after(this.isOffline ? Math.max(ms, OFFLINE_RETRY_MS) : ms, finish);
      this.#waiting.add(finish);
      signal?.addEventListener("abort", finish, { once: true });
    });
  }

  /** Ends every wait: the network is back, or a person asks to retry now. */
  endWaits(): void {
    for (const finish of [...this.#waiting]) finish();
  }

  close(): void {
    this.#stopListening();
    this.endWaits();
  }
}
