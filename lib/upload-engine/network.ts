import type { Runtime } from "./runtime.ts";

/** What the system believes of its connection to the network. */
export type Connectivity = {
  isOffline(): boolean;
  /** Calls the listener each time the network is back; the function that comes back ends that. */
  onOnline(listener: () => void): () => void;
};

/** A browser's word; Node says nothing, which counts as online. */
export const systemConnectivity: Connectivity = {
  isOffline: () => typeof navigator !== "undefined" && navigator.onLine === false,
  onOnline(listener) {
    globalThis.addEventListener?.("online", listener);
    return () => globalThis.removeEventListener?.("online", listener);
  },
};

/** How long an attempt is put off while the browser believes to be offline: it is wrong now and then, so never for good. */
const OFFLINE_RETRY_MS = 30_000;

/**
 * What is known of the way to the servers. It is judged by what calls meet; what the
 * system believes only shortens or stretches a wait.
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

  /** Something got through. */
  markReachable(): void {
    this.isDown = false;
    this.isStalled = false;
  }

  markUnreachable({ stalled }: { stalled: boolean }): void {
    this.isDown = true;
    this.isStalled = stalled;
  }

  /** Resolves after `ms`, sooner when the network comes back, and at once when `signal` is aborted. */
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

  /** Ends every wait: the network is back, or a person asks to try at once. */
  endWaits(): void {
    for (const finish of [...this.#waiting]) finish();
  }

  close(): void {
    this.#stopListening();
    this.endWaits();
  }
}
