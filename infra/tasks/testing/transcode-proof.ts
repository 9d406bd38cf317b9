/** Runs inside of the transcoder's container: what the program makes of a video of one second. */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { findTools } from "#lib/transcoding/ffmpeg.ts";
import { planCopy } from "#lib/transcoding/plan.ts";
import { probeVideo } from "#lib/transcoding/probe.ts";
import { makeClip, makeCopy, makePoster } from "#lib/transcoding/renditions.ts";
import { serveSource } from "#lib/transcoding/serve-source.ts";
import { makeVideo } from "#lib/transcoding/testing/videos.ts";

const tools = findTools();
assert.ok(tools, "There is no ffmpeg, or no ffprobe.");
const folder = mkdtempSync("/tmp/videos-");
// Neither of its streams can be copied: both are encoded anew.
const bytes = makeVideo("mkv", 1, "320x240", ["-c:v", "mpeg4", "-c:a", "flac"]);
const source = await serveSource({
  size: bytes.length,
  async *stream(start, end) {
    yield bytes.subarray(start, end);
  },
});
const limits = { folder, signal: new AbortController().signal };
const video = await probeVideo(tools, source.url, { ...limits, deadlineMs: 60_000 });
const plan = planCopy(video, "video/x-matroska");
assert.ok(plan.make && !plan.copyPicture && !plan.copySound);
const making = { tools, url: source.url, video, size: bytes.length, folder, limits };
const made = [await makePoster(making), await makeClip(making), await makeCopy(making, plan)];
source.close();
for (const { name, width, height } of made) assert.deepEqual([name, width, height], [name, 320, 240]);
console.log(
  `ffmpeg and ffprobe make of a video of one second: ${made.map((one) => `${one.name} (${one.bytes} bytes)`).join(", ")}`,
);
