import assert from "node:assert/strict";
import { test } from "node:test";
import { windowsOf } from "./windows.ts";

async function cut(text: string, pieces: number, windowBytes: number, overlapBytes: number): Promise<string[]> {
  async function* chunks() {
    for (let at = 0; at < text.length; at += pieces) yield Buffer.from(text.slice(at, at + pieces));
  }
  const windows = windowsOf(chunks(), windowBytes, overlapBytes);
  const found: string[] = [];
  for (let window = await windows.next(); window; window = await windows.next())
    found.push(Buffer.concat(await Array.fromAsync(window)).toString());
  return found;
}

test("windows overlap, for chunks of any size; content that fits into one window has one", async () => {
  for (const pieces of [1, 3, 4, 7, 100]) {
    assert.deepEqual(await cut("abcdefghijkl", pieces, 6, 2), ["abcdef", "efghij", "ijkl"], `${pieces}`);
    assert.deepEqual(await cut("abcdef", pieces, 6, 2), ["abcdef"]);
    assert.deepEqual(await cut("abcdefg", pieces, 6, 5), ["abcdef", "bcdefg"]);
    assert.deepEqual(await cut("abcdefg", pieces, 3, 0), ["abc", "def", "g"]);
  }
  assert.deepEqual(await cut("", 1, 6, 2), [""]);
});

test("every piece up to the length of the overlap is whole in some window", async () => {
  const text = Array.from({ length: 90 }, (_, index) => String.fromCharCode(33 + index)).join("");
  const windows = await cut(text, 5, 20, 7);
  for (let at = 0; at + 7 <= text.length; at++)
    assert.ok(
      windows.some((window) => window.includes(text.slice(at, at + 7))),
      `at ${at}`,
    );
});
