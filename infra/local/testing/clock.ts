import type { Clock } from "../core/clock.ts";

export type ManualClock = Clock & {
  /** Moves time forward, and runs on the way every call that becomes due, each at its time. */
  advance(ms: number): void;
  /** Calls that wait. */
  waiting(): number;
};

/** A clock that stands still until it is moved. */
export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const orders = new Set<{ at: number; work: () => void }>();
  return {
    now: () => now,
    wake(at, work) {
      const order = { at, work };
      orders.add(order);
      return () => orders.delete(order);
    },
    waiting: () => orders.size,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...orders].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (!next) break;
        orders.delete(next);
        now = Math.max(now, next.at);
        next.work();
      }
      now = end;
    },
  };
}
