/** CloudFront's cache of a site's errors: for ten seconds, by path and query only, whoever asks next. */
import { CACHED_MS, cachedByDefault, neverCached } from "../../declaration.ts";
import type { HttpAnswer } from "../lambda/http-event.ts";

type Kept = Pick<HttpAnswer, "status" | "headers"> & { body: Buffer; until: number };

export type ErrorCache = {
  /** The cached error of this URL, and its age in seconds. */
  find(url: string): (Kept & { age: number }) | undefined;
  /** Caches an answer if CloudFront would. The body is read for that, so the caller must send the returned answer. */
  keep(url: string, answer: HttpAnswer): Promise<HttpAnswer>;
};

export function createErrorCache(
  now: () => number = Date.now,
  cached = cachedByDefault.filter((status) => !neverCached.includes(status)),
): ErrorCache {
  const errors = new Map<string, Kept>();
  return {
    find(url) {
      const found = errors.get(url);
      if (found && found.until > now()) {
        return { ...found, age: Math.floor((now() - found.until + CACHED_MS) / 1000) };
      }
      errors.delete(url);
      return undefined;
    },
    async keep(url, answer) {
      if (!cached.includes(answer.status)) return answer;
      const chunks = [answer.head];
      for await (const chunk of answer.rest ?? []) chunks.push(chunk as Buffer);
      const { status, headers } = answer;
      const body = Buffer.concat(chunks);
      for (const [key, { until }] of errors) if (until <= now()) errors.delete(key);
      errors.set(url, { status, headers, body, until: now() + CACHED_MS });
      return { status, headers, head: body };
    },
  };
}
