import assert from "node:assert/strict";
import { test } from "node:test";
import type { DownloadItem, DownloadList } from "../downloads/download.schema.ts";
import { listFiles } from "./list-files.ts";
import type { Runtime } from "./runtime.ts";

const PART = 1000;

/** An app with `count` files, every third of which can't be downloaded; answers wait until `open` is called. */
function app(count: number) {
  const asked: number[] = [];
  const waiting: (() => void)[] = [];
  const runtime: Runtime = {
    async fetch(url) {
      const from = Number(new URL(String(url), "http://app.test").searchParams.get("from"));
      asked.push(from);
      if (from > 0) await new Promise<void>((resolve) => waiting.push(resolve));
      const items = Array.from({ length: Math.min(PART, count - from) }, (_, index): DownloadItem => {
        const ordinal = from + index;
        return { ordinal, path: `${ordinal}.txt`, size: 1, ...(ordinal % 3 ? {} : { why: "It is being checked." }) };
      });
      const next = from + PART;
      return Response.json({ items, end: count, ...(next < count ? { next } : {}) } satisfies DownloadList);
    },
    now: () => 0,
    wait: async () => undefined,
    random: () => 0,
  };
  return { asked, waiting, runtime };
}

const { signal } = new AbortController();

test("the parts of a long list are requested in parallel, and kept in order", async () => {
  const { asked, waiting, runtime } = app(4500);
  const listing = listFiles("/t/x/files/entries", signal, runtime);
  while (waiting.length < 4) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked, [0, 1000, 2000, 3000, 4000], "none waits for another");
  for (const open of waiting.toReversed()) open();
  const { entries, left, bytes } = await listing;
  assert.equal(entries.length + left.length, 4500);
  assert.equal(left.length, 1500);
  assert.equal(bytes, 3000);
  const ordinals = entries.map(({ ordinal }) => ordinal);
  assert.deepEqual(
    ordinals,
    ordinals.toSorted((a, b) => a - b),
  );
});

test("a short list needs one call, and an empty one is empty", async () => {
  for (const count of [0, 1, PART]) {
    const { asked, runtime } = app(count);
    const { entries, left } = await listFiles("/t/x/files/entries", signal, runtime);
    assert.deepEqual(asked, [0]);
    assert.equal(entries.length + left.length, count);
  }
});
