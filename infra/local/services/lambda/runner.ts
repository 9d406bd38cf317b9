/**
 * Runs a function as Lambda does. An invocation starts an instance when none is free. Each instance serves one
 * invocation at a time, there are never more instances than the function's concurrency, and each ends after a time
 * without use.
 */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Ledger } from "../../core/ledger.ts";
import type { EngineStatus } from "../../core/supervisor.ts";
import {
  type FunctionConfig,
  type FunctionResponse,
  InvocationError,
  type InvocationReport,
  inspectedFunction,
  LIMITS,
} from "./function.ts";
import { type Instance, startInstance } from "./instance.ts";

export type RunnerOptions = {
  idleMs: number;
  ledger: Ledger;
  log?: (stream: "stdout" | "stderr", line: string) => void;
  /** How long an invocation may wait for an instance before it is refused as TooManyRequests. */
  queueMs?: number;
  /**
   * How long an invocation waits for a busy or starting instance before another one is started for it; by default as
   * long as the last start took. Most answers take less, and a start takes processor time from the running instances.
   */
  patienceMs?: number;
  /** The name of the function that a debugger is to be attached to. */
  inspect?: string | undefined;
};

/** Used before any start was measured. */
const USUAL_START_MS = 300;

/** How many instances of a function may start at the same time: on few processors, more would only delay each other. */
const STARTS_AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2));

export type LambdaFunction = {
  /** Invokes with an event; resolves when the answer begins. Throws InvocationError. */
  invoke(event: unknown, requestId?: string): Promise<FunctionResponse>;
  /** Says that its code has changed: later invocations get new instances. */
  renew(): void;
  status(): EngineStatus;
  /** Ends every instance. Waiting invocations are refused. */
  close(): Promise<void>;
};

type Pending = {
  id: string;
  event: string;
  resolve(response: FunctionResponse): void;
  reject(error: InvocationError): void;
  refusal: NodeJS.Timeout;
  impatience?: NodeJS.Timeout;
};

type Slot = {
  instance?: Instance;
  state: "starting" | "idle" | "busy" | "ending";
  /** Started before its code was changed: it ends after its current invocation. */
  outdated?: boolean;
  idleTimer?: NodeJS.Timeout;
  gone: Promise<void>;
};

export function createFunction(declared: FunctionConfig, options: RunnerOptions): LambdaFunction {
  const config = options.inspect === declared.name ? inspectedFunction(declared) : declared;
  const { idleMs, ledger, log = () => {}, queueMs = 10_000 } = options;
  const slots = new Set<Slot>();
  const queue: Pending[] = [];
  let lastUsedAt: number | undefined;
  let lastStartMs = USUAL_START_MS;
  let closed = false;

  const count = (state: Slot["state"]): number => [...slots].filter((slot) => slot.state === state).length;
  const alive = (): number => slots.size - count("ending");

  function serve(slot: Slot): void {
    if (slot.outdated) {
      void end(slot);
      return;
    }
    const next = queue.shift();
    if (!next || !slot.instance) {
      rest(slot);
      return;
    }
    clearTimeout(slot.idleTimer);
    clearInterval(next.refusal);
    clearInterval(next.impatience);
    slot.state = "busy";
    slot.instance.invoke(next.id, next.event).then(next.resolve, next.reject);
  }

  function rest(slot: Slot): void {
    slot.state = "idle";
    lastUsedAt = Date.now();
    slot.idleTimer = setTimeout(() => void end(slot), idleMs);
  }

  async function end(slot: Slot): Promise<void> {
    slot.state = "ending";
    clearTimeout(slot.idleTimer);
    await slot.instance?.stop();
    await slot.gone;
  }

  function grow(): void {
    if (closed || alive() >= config.concurrency) return;
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    const slot: Slot = { state: "starting", gone };
    const begun = performance.now();
    slots.add(slot);
    const drop = (error?: InvocationError): void => {
      clearTimeout(slot.idleTimer);
      slots.delete(slot);
      leave();
      // A failed start fails the invocation that caused it; later ones start again.
      if (error && !closed) refuse(queue[0], error);
      if (queue.length > 0 && count("starting") === 0) grow();
    };
    const events = {
      idle() {
        if (slot.state === "starting") lastStartMs = performance.now() - begun;
        if (slot.instance && slot.state !== "ending") serve(slot);
      },
      gone: drop,
      report: record,
      log,
    };
    startInstance(config, events).then(
      (instance) => {
        slot.instance = instance;
        if (closed) void end(slot);
      },
      (error: unknown) => drop(new InvocationError("InitError", String(error))),
    );
  }

  function refuse(pending: Pending | undefined, error: InvocationError): void {
    const at = pending ? queue.indexOf(pending) : -1;
    if (!pending || at < 0) return;
    queue.splice(at, 1);
    clearInterval(pending.refusal);
    clearInterval(pending.impatience);
    pending.reject(error);
  }

  function record(report: InvocationReport): void {
    const billedMs = Math.ceil(report.durationMs + (report.initMs ?? 0));
    const units = {
      requests: 1,
      durationMs: report.durationMs,
      ...(report.initMs === undefined ? {} : { initMs: report.initMs }),
      billedMs,
      memoryMb: config.memoryMb,
      gbMilliseconds: (billedMs * config.memoryMb) / 1024,
    };
    ledger({ service: "lambda", operation: "Invoke", resource: config.name, units, ms: report.durationMs });
    if (report.outcome !== "ok" && !closed) log("stderr", `${report.outcome} in invocation ${report.requestId}`);
  }

  return {
    invoke(event, requestId = randomUUID()) {
      const text = JSON.stringify(event);
      if (Buffer.byteLength(text) > LIMITS.request) {
        return Promise.reject(new InvocationError("RequestTooLarge", "An invocation's payload is limited to 6 MB"));
      }
      if (closed) return Promise.reject(new InvocationError("TooManyRequests", `${config.name} is being stopped`));
      lastUsedAt = Date.now();
      return new Promise((resolve, reject) => {
        const refusal = setInterval(() => {
          // A starting instance will soon be free, so only busy instances count as a shortage.
          if (count("starting") > 0) return;
          refuse(pending, new InvocationError("TooManyRequests", `${config.name} was busy for ${queueMs} ms`));
        }, queueMs);
        const pending: Pending = { id: requestId, event: text, resolve, reject, refusal };
        queue.push(pending);
        const idle = [...slots].find((slot) => slot.state === "idle");
        if (idle) return serve(idle);
        if (alive() === 0) return grow();
        pending.impatience = setInterval(() => {
          const starting = count("starting");
          if (starting < STARTS_AT_ONCE && starting < queue.length) grow();
        }, options.patienceMs ?? lastStartMs);
      });
    },
    renew() {
      for (const slot of slots) {
        slot.outdated = true;
        if (slot.state === "idle") void end(slot);
      }
    },
    status() {
      const busy = count("busy") + queue.length;
      const state = slots.size === 0 ? "asleep" : count("starting") === slots.size ? "starting" : "awake";
      const pids = [...slots].flatMap((slot) => (slot.instance ? [slot.instance.pid] : []));
      return { name: config.name, state, pids, inFlight: busy, ...(lastUsedAt ? { lastUsedAt } : {}) };
    },
    async close() {
      closed = true;
      for (const pending of [...queue])
        refuse(pending, new InvocationError("TooManyRequests", `${config.name} is being stopped`));
      await Promise.all([...slots].map(end));
      await Promise.all([...slots].map((slot) => slot.gone));
    },
  };
}
