/**
 * The life cycle of an engine: not running until somebody uses it, started once for all who ask at the same time,
 * stopped when it has not been used for a while, restarted after a crash. The caller decides what kind of process it
 * is.
 */

/** A started engine. */
export type RunningEngine = {
  readonly pids: number[];
  /** Resolves when its process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Asks it to end, then kills it; resolves when it has ended. */
  stop(): Promise<void>;
  /**
   * For engines whose use the supervisor does not see (connections that were handed over): what they report themselves.
   */
  activity?(): { inFlight: number; lastUsedAt: number };
};

export type EngineState = "asleep" | "starting" | "awake" | "stopping";

export type EngineStatus = { name: string; state: EngineState; pids: number[]; inFlight: number; lastUsedAt?: number };

export type Engine<T extends RunningEngine> = {
  /** Runs `work` with the engine, which is started first if needed and kept running until `work` is done. */
  use<R>(work: (running: T) => R | Promise<R>): Promise<R>;
  status(): EngineStatus;
  /** Stops the engine for good: later uses are refused. */
  close(): Promise<void>;
};

export type EngineOptions<T extends RunningEngine> = {
  name: string;
  start: () => Promise<T>;
  /** Milliseconds without use after which it is stopped. */
  idleMs: number;
  onEvent?: (event: "starting" | "awake" | "asleep" | "crashed", detail?: { ms: number }) => void;
};

export function createEngine<T extends RunningEngine>(options: EngineOptions<T>): Engine<T> {
  const { name, idleMs, onEvent = () => {} } = options;
  let state: EngineState = "asleep";
  let running: T | undefined;
  let starting: Promise<T> | undefined;
  let stopping: Promise<void> = Promise.resolve();
  let held = 0;
  let lastUsedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function start(): Promise<T> {
    state = "starting";
    const from = performance.now();
    onEvent("starting");
    try {
      const started = await options.start();
      running = started;
      state = "awake";
      onEvent("awake", { ms: performance.now() - from });
      void started.exited.then(() => gone(started));
      return started;
    } catch (error) {
      state = "asleep";
      throw error;
    } finally {
      starting = undefined;
    }
  }

  function gone(which: T): void {
    if (running !== which) return;
    running = undefined;
    clearTimeout(timer);
    const crashed = state !== "stopping";
    state = "asleep";
    onEvent(crashed ? "crashed" : "asleep");
  }

  /** The current engine. A caller who comes while it is being stopped waits for the next one. */
  async function awake(): Promise<T> {
    await stopping;
    if (closed) throw new Error(`${name} is closed`);
    if (running) return running;
    starting ??= start();
    return starting;
  }

  function inFlight(): number {
    return held + (running?.activity?.().inFlight ?? 0);
  }

  function rest(): void {
    clearTimeout(timer);
    if (!running || held > 0) return;
    const last = Math.max(lastUsedAt ?? 0, running.activity?.().lastUsedAt ?? 0);
    const left = inFlight() > 0 ? idleMs : last + idleMs - Date.now();
    if (left <= 0) stopping = stop();
    else timer = setTimeout(rest, Math.min(left, idleMs));
  }

  async function stop(): Promise<void> {
    clearTimeout(timer);
    const which = running;
    if (!which) return;
    state = "stopping";
    await which.stop();
    await which.exited;
    gone(which);
  }

  return {
    async use(work) {
      held += 1;
      clearTimeout(timer);
      try {
        return await work(await awake());
      } finally {
        held -= 1;
        lastUsedAt = Date.now();
        rest();
      }
    },
    status: () => {
      const last = Math.max(lastUsedAt ?? 0, running?.activity?.().lastUsedAt ?? 0);
      return { name, state, pids: running?.pids ?? [], inFlight: inFlight(), ...(last ? { lastUsedAt: last } : {}) };
    },
    async close() {
      closed = true;
      await starting?.catch(() => undefined);
      await stopping;
      await stop();
    },
  };
}
