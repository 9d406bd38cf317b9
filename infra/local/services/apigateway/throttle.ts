/** Throttling by token buckets, one a route ("Throttle requests to your HTTP APIs for better throughput in API Gateway"). */
import type { HttpApi } from "../../declaration.ts";

export type Throttle = {
  /** Takes a token for a request; false where none is left. */
  take(routeKey: string): boolean;
};

/** A bucket holds `burst` tokens and gains `rate` a second; `now` is in milliseconds. */
export function createThrottle({ rate, burst }: HttpApi["throttle"], now: () => number): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(routeKey) {
      const at = now();
      const { tokens, at: before } = buckets.get(routeKey) ?? { tokens: burst, at };
      const filled = Math.min(burst, tokens + (Math.max(0, at - before) / 1000) * rate);
      buckets.set(routeKey, { tokens: filled >= 1 ? filled - 1 : filled, at });
      return filled >= 1;
    },
  };
}
