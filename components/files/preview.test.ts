import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFacts, formatSeconds, mainRendition, previewOf, thumbnailOf } from "./preview.ts";

const of = (...names: string[]) => ({
  state: "ready" as const,
  renditions: names.map((name) => ({ name, type: name.endsWith(".m4a") ? "audio/mp4" : "", bytes: 1 })),
});
const shown = (...names: string[]) => {
  const preview = previewOf(of(...names));
  return preview && [preview.as, mainRendition(preview).name];
};

test("a file is shown by the best that was made of it", () => {
  assert.deepEqual(shown("thumb.webp", "view.webp"), ["picture", "view.webp"]);
  assert.deepEqual(shown("thumb.webp", "page-1.webp", "text.txt"), ["document", "page-1.webp"]);
  assert.deepEqual(shown("poster.webp", "clip.mp4", "video.mp4"), ["video", "video.mp4"]);
  assert.deepEqual(shown("poster.webp", "clip.mp4"), ["video", "clip.mp4"]);
  assert.deepEqual(shown("thumb.webp", "poster.webp"), ["picture", "poster.webp"]);
  assert.deepEqual(shown("audio.m4a"), ["audio", "audio.m4a"]);
  assert.deepEqual(shown("text.txt"), ["text", "text.txt"]);
  assert.deepEqual(shown("entries.json"), ["archive", "entries.json"]);
  assert.equal(shown(), undefined);
});

test("pictures, films and documents have a small picture in lists", () => {
  const small = (...names: string[]) => thumbnailOf(of(...names))?.name;
  assert.equal(small("view.webp", "thumb.webp"), "thumb.webp");
  assert.equal(small("poster.webp", "clip.mp4", "video.mp4"), "poster.webp");
  assert.equal(small("page-1.webp", "text.txt"), "page-1.webp");
  assert.equal(small("audio.m4a", "entries.json", "text.txt"), undefined);
});

test("facts are said in few words", () => {
  const facts = { width: 4000, height: 3000, seconds: 3723, pages: 1, entries: 0 };
  assert.deepEqual(describeFacts({ facts }), ["4,000 × 3,000", "1:02:03", "1 page", "0 entries"]);
  assert.equal(formatSeconds(59.6), "1:00");
  assert.deepEqual(describeFacts({}), []);
});
