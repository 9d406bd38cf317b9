import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { MediaLimits } from "./limits.ts";
import { probeMedia } from "./probe-media.ts";
import { ffmpeg, testInput, withoutFfmpeg } from "./testing/ffmpeg.ts";
import { measure, unpreviewable } from "./testing/measure.ts";
import { memorySource } from "./testing/memory-source.ts";
import { sampleJpeg, sampleMp4, sampleText, sampleWav } from "./testing/samples.ts";

const skip = await withoutFfmpeg();
const probe = async (bytes: Uint8Array, type: string, limits: Partial<MediaLimits> = {}) =>
  probeMedia(memorySource(bytes), type, { limits });

test("a sound of ours has its seconds", async () => {
  assert.deepEqual(await probe(sampleWav(1.5), "audio/wav"), {
    renditions: [],
    facts: { seconds: 1.5 },
  });
});

test("a length of centuries is not believed", { skip }, async () => {
  const video = Buffer.from(await sampleMp4(1));
  for (const box of ["mvhd", "mdhd"])
    for (let at = video.indexOf(box); at >= 0; at = video.indexOf(box, at + 1)) {
      // Units of a second, and how many of them (ISO 14496-12, 8.2.2 and 8.4.2).
      video.writeUInt32BE(1, at + 16);
      video.writeUInt32BE(0xfffffff0, at + 20);
    }
  assert.deepEqual((await probe(video, "video/mp4")).facts, { width: 160, height: 120 });
});

test("a video of ours has its seconds and pixels", { skip }, async () => {
  assert.deepEqual(await probe(await sampleMp4(), "video/mp4"), {
    renditions: [],
    facts: { seconds: 2, width: 160, height: 120 },
  });
});

test("sounds and videos of every container are measured; what only the transcoder reads is left to it", {
  skip,
}, async () => {
  const sound = (...args: string[]) => ["-map", "1:a", ...args];
  const h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"];
  const cases: [name: string, type: string, args: string[], measured: boolean][] = [
    ["a.webm", "video/webm", ["-c:v", "libvpx", "-c:a", "libopus"], true],
    ["a.mkv", "video/matroska", h264, true],
    ["a.mov", "video/quicktime", h264, true],
    ["a.ts", "video/mp2t", h264, true],
    ["deep.mp4", "video/mp4", ["-c:v", "libx264", "-pix_fmt", "yuv444p"], true],
    ["a.avi", "video/vnd.avi", ["-c:v", "mpeg4", "-c:a", "mp3"], false],
    ["a.mpg", "video/MP1S", ["-c:v", "mpeg1video", "-r", "25", "-c:a", "mp2"], false],
    ["a.wmv", "video/x-ms-asf", ["-c:v", "wmv2", "-c:a", "wmav2"], false],
    ["a.mp3", "audio/mpeg", sound(), true],
    ["a.m4a", "audio/x-m4a", sound("-c:a", "aac"), true],
    ["a.ogg", "audio/ogg", sound("-c:a", "libvorbis"), true],
    ["a.flac", "audio/flac", sound(), true],
    ["a.aac", "audio/aac", sound(), true],
  ];
  for (const [name, type, args, measured] of cases) {
    const { facts, notice, is } = await probe(await ffmpeg(name, [...testInput(1), ...args]), type);
    assert.deepEqual([(facts.seconds ?? 0) > 0.9, notice, is], [measured, undefined, undefined], name);
    const shown = measured && type.startsWith("video/");
    assert.deepEqual([facts.width, facts.height], shown ? [160, 120] : [undefined, undefined], name);
  }
});

test("a video that was filmed upright is measured so", { skip }, async () => {
  const turned = Buffer.from(await sampleMp4(1));
  // The first track's matrix, for a quarter turn (ISO 14496-12, 8.3.2).
  const matrix = turned.indexOf("tkhd") + 4 + 40;
  for (const [index, value] of [0, 0x10000, 0, -0x10000, 0].entries()) turned.writeInt32BE(value, matrix + index * 4);
  assert.deepEqual((await probe(turned, "video/mp4")).facts, { seconds: 1, width: 120, height: 160 });
});

test("a sound in a video's container is a sound, by its streams", async () => {
  const voice = readFileSync(new URL("testing/cases/voice-isom.m4a", import.meta.url));
  const { is, notice } = await probe(voice, "video/mp4");
  assert.deepEqual({ is, notice }, { is: { type: "audio/mp4", kind: "audio" }, notice: undefined });
  assert.equal((await probe(voice, "audio/x-m4a")).is, undefined);
});

test("a sound's cover becomes a thumbnail", { skip }, async () => {
  const bare = await ffmpeg("a.mp3", [...testInput(1), "-map", "1:a"]);
  const cover = await sampleJpeg();
  const content = Buffer.concat([Buffer.from("\0image/jpeg\0\x03\0", "latin1"), cover]);
  const frame = Buffer.concat([Buffer.from("APIC"), Buffer.alloc(6), content]);
  frame.writeUInt32BE(content.length, 4);
  const tag = Buffer.from("ID3\x03\0\0\0\0\0\0", "latin1");
  for (let index = 0; index < 4; index++) tag[6 + index] = (frame.length >> (21 - 7 * index)) & 0x7f;
  const { renditions } = await probe(Buffer.concat([tag, frame, bare]), "audio/mpeg");
  assert.deepEqual(
    renditions.map(({ name, width, height }) => [name, width, height]),
    [["thumb.webp", 40, 60]],
  );
});

test("a large video whose index stands last is read in parts", { skip }, async () => {
  const args = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p"];
  const source = memorySource(await ffmpeg("large.mp4", [...testInput(10, "640x480"), ...args]));
  assert.equal((await probeMedia(source, "video/mp4")).facts.seconds, 10);
  assert.ok(source.readBytes < source.size / 2, `${source.readBytes} of ${source.size} bytes were read`);
});

test("a video that is not one says so", async () => {
  const other = unpreviewable("No preview can be made of this kind of sound or video.");
  await assert.rejects(probe(sampleText(), "video/mp4"), other);
  const box = Buffer.concat([Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42", "latin1"), Buffer.alloc(64)]);
  await assert.rejects(
    probe(box, "video/mp4"),
    unpreviewable("This file can't be played; it may be damaged or incomplete."),
  );
});

test("a playlist does not make us fetch what it names", async (t) => {
  let calls = 0;
  const server = createServer((_, response) => {
    calls++;
    response.end();
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const list = `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:${port}/a.ts\n#EXT-X-ENDLIST\n`;
  await assert.rejects(probe(Buffer.from(list), "video/mp4"), unpreviewable(/this kind/));
  assert.equal(calls, 0);
});

test("an index that claims four billion samples costs little", { skip }, async () => {
  const mp4 = Buffer.from(await sampleMp4(1));
  for (const name of ["stsz", "stts", "stsc", "stco", "stss"]) {
    const at = mp4.indexOf(name);
    const broken = Buffer.from(mp4);
    // The count stands after the version; of sizes, after the common size as well, which is then said to be 1.
    broken.writeUInt32BE(name === "stsz" ? 1 : 0xffffffff, at + 8);
    broken.writeUInt32BE(0xffffffff, at + 12);
    const { cpuMs, grownMib } = await measure(() => probe(broken, "video/mp4").catch((error) => error));
    assert.ok(cpuMs < 40_000 && grownMib < 700, `${name}: ${cpuMs} ms, ${grownMib} MiB`);
  }
});
