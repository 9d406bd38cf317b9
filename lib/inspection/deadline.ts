import { Unpreviewable } from "./unpreviewable.ts";

/** Ends work after `seconds`, or when the caller's signal does. */
export type Deadline = {
  signal: AbortSignal;
  /** Throws Unpreviewable with the sentence when time is over, and the caller's own reason when that ended it. */
  check(): void;
  /** What the promise gives; throws as `check` does when that takes too long. */
  race<T>(promise: Promise<T>): Promise<T>;
};

export function deadline(seconds: number, sentence: string, outer?: AbortSignal): Deadline {
  const timeout = AbortSignal.timeout(seconds * 1000);
  const signal = outer ? AbortSignal.any([timeout, outer]) : timeout;
  const check = () => {
    outer?.throwIfAborted();
    if (timeout.aborted) throw new Unpreviewable(sentence);
  };
  const race = async <T>(promise: Promise<T>): Promise<T> => {
    const { promise: over, resolve } = Promise.withResolvers<"over">();
    const end = () => resolve("over");
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    try {
      const first = await Promise.race([promise.then((value) => ({ value })), over]);
      if (first !== "over") return first.value;
      check();
      throw signal.reason;
    } finally {
      signal.removeEventListener("abort", end);
    }
  };
  return { signal, check, race };
}
