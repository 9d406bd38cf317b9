import { AsyncLocalStorage } from "node:async_hooks";
import type { Meter } from "#lib/kernel/ctx.ts";

/** Sums by service, operation and unit; `totals` has keys such as `s3.PutObject.requests`. */
export class CountingMeter implements Meter {
  readonly totals = new Map<string, number>();

  count(service: string, operation: string, units: Record<string, number>): void {
    for (const [unit, quantity] of Object.entries(units)) {
      const key = `${service}.${operation}.${unit}`;
      this.totals.set(key, (this.totals.get(key) ?? 0) + quantity);
    }
  }
}

const current = new AsyncLocalStorage<Meter>();

/** Runs `work` so that the SDK clients count what it spends on `meter`. */
export const withMeter = <T>(meter: Meter, work: () => Promise<T>): Promise<T> => current.run(meter, work);

/** The meter of the work under way, if any. */
export const currentMeter = (): Meter | undefined => current.getStore();
