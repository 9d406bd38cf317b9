import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { childrenNamed, killNamed } from "#lib/programs/testing/children.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { describeVideo, makeVideo } from "#lib/transcoding/testing/videos.ts";
import { makeWave, type Wave, type WaveFile } from "./testing/wave.ts";
import { transcodeBatch } from "./transcode-batch.ts";

requireEngines();

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"];
const MPEG2 = ["-c:v", "mpeg2video", "-b:v", "4M", "-c:a", "mp2"];

const waveOf = (...files: WaveFile[]) => makeWave(files.map((file) => ({ kind: "video", ...file })));

async function rendition({ ref }: Wave, ordinal: number, name: string): Promise<{ bytes: Buffer; type: string }> {
  const Key = `${ref.workspaceId}/${ref.transferId}/${ordinal}/${name}`;
  const { Body, ContentType = "" } = await s3().send(new GetObjectCommand({ Bucket: resources.derived, Key }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), type: ContentType };
}

const names = async (wave: Wave, ordinal: number): Promise<string[]> =>
  ((await wave.file(ordinal)).renditions ?? []).map(({ name }) => name);

/** Whether an MP4's index is in front of its media data. */
const isFastStart = (bytes: Buffer): boolean => bytes.indexOf("moov") < bytes.indexOf("mdat");

test("MPEG-2 in Matroska becomes H.264 and AAC, with a poster and a silent clip", async () => {
  const wave = await waveOf({ path: "old.mkv", bytes: makeVideo("mkv", 7, "720x576", MPEG2) });
  assert.deepEqual(await transcodeBatch(wave.client("Transcode", 0)), { made: 1, refused: 0, skipped: 0 });
  const { renditions, facts, notice } = await wave.file(0);
  assert.equal(notice, undefined);
  assert.deepEqual(
    renditions?.map(({ name, type, width, height }) => ({ name, type, width, height })),
    [
      { name: "poster.webp", type: "image/webp", width: 720, height: 576 },
      { name: "clip.mp4", type: "video/mp4", width: 600, height: 480 },
      { name: "video.mp4", type: "video/mp4", width: 720, height: 576 },
    ],
  );
  assert.deepEqual({ ...facts, seconds: Math.round(facts?.seconds ?? 0) }, { width: 720, height: 576, seconds: 7 });
  const video = await rendition(wave, 0, "video.mp4");
  assert.equal(video.type, "video/mp4");
  assert.equal(video.bytes.length, renditions?.[2]?.bytes);
  assert.ok(isFastStart(video.bytes));
  const { streams, seconds } = describeVideo(video.bytes);
  assert.deepEqual(
    streams.map(({ codec_name }) => codec_name),
    ["h264", "aac"],
  );
  assert.deepEqual([streams[0]?.profile, streams[0]?.pix_fmt], ["High", "yuv420p"]);
  assert.ok(Math.abs(seconds - 7) < 0.3, `${seconds} s`);
  const clip = describeVideo((await rendition(wave, 0, "clip.mp4")).bytes);
  assert.deepEqual(
    clip.streams.map(({ codec_name }) => codec_name),
    ["h264"],
  );
  assert.ok(Math.abs(clip.seconds - 6) < 0.2, `${clip.seconds} s`);
  assert.equal((await rendition(wave, 0, "poster.webp")).bytes.subarray(8, 12).toString(), "WEBP");
  const step = await wave.step("Transcode");
  assert.deepEqual([step?.outcome, step?.done, step?.total], ["succeeded", 1, 1]);
});

test("a video that browsers play gets no copy; QuickTime is put into MP4 without encoding; large videos shrink", async () => {
  const plays = makeVideo("mp4", 2, "320x240", X264);
  const wave = await waveOf(
    { path: "plays.mp4", bytes: plays },
    { path: "phone.mov", bytes: makeVideo("mov", 2, "320x240", X264) },
    { path: "upright.mp4", bytes: makeVideo("mp4", 1, "1440x2560", X264, 5) },
    { path: "silent.avi", bytes: makeVideo("avi", 1, "321x241", ["-c:v", "mjpeg", "-an"]) },
  );
  assert.equal((await transcodeBatch(wave.client("Transcode", 0))).made, 4);
  assert.deepEqual(await names(wave, 0), ["poster.webp", "clip.mp4"]);
  for (const ordinal of [1, 2, 3])
    assert.deepEqual(await names(wave, ordinal), ["poster.webp", "clip.mp4", "video.mp4"]);
  const upright = (await wave.file(2)).renditions?.[2];
  assert.deepEqual([upright?.width, upright?.height], [1080, 1920]);
  const odd = describeVideo((await rendition(wave, 3, "video.mp4")).bytes);
  assert.deepEqual([odd.streams.length, odd.streams[0]?.width, odd.streams[0]?.height], [1, 320, 240]);
  const copied = describeVideo((await rendition(wave, 1, "video.mp4")).bytes);
  // The test video's encoder used a fast preset, which shows in its profile; ours would have made it High.
  assert.deepEqual(
    copied.streams.map(({ codec_name, profile }) => `${codec_name} ${profile}`),
    ["h264 Constrained Baseline", "aac LC"],
  );
});

test("a file that is no video, has no picture, is protected or is too large gets a notice, and the others continue", async (t) => {
  const asked: string[] = [];
  const secret = await listen(t, (url) => asked.push(url));
  const key = [
    "-encryption_key",
    "76a6c65c5ea762046bd749a2e632ccbb",
    "-encryption_kid",
    "a7e61c373e219033c21091fa607bf3b8",
  ];
  const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${secret}/credentials\n#EXT-X-ENDLIST\n`;
  const wave = await waveOf(
    { path: "text.mp4", bytes: Buffer.from("This is a text.\n".repeat(100)) },
    { path: "sound.mp4", bytes: makeVideo("mp4", 2, "320x240", ["-vn", "-c:a", "aac"]) },
    {
      path: "protected.mp4",
      bytes: makeVideo("mp4", 2, "320x240", [...X264, "-encryption_scheme", "cenc-aes-ctr", ...key]),
    },
    { path: "vast.avi", bytes: makeVideo("avi", 1, "9000x5000", ["-frames:v", "1", "-c:v", "mjpeg", "-an"]) },
    { path: "playlist.mp4", bytes: Buffer.from(playlist) },
    { path: "concat.mp4", bytes: Buffer.from(`ffconcat version 1.0\nfile ${secret}/credentials\n`) },
    { path: "empty.mp4", bytes: new Uint8Array() },
    { path: "half.mp4", bytes: makeVideo("mp4", 4, "320x240", X264).subarray(0, 20_000) },
    { path: "fine.mp4", bytes: makeVideo("mp4", 2, "320x240", X264) },
  );
  assert.deepEqual(await transcodeBatch(wave.client("Transcode", 0)), { made: 1, refused: 8, skipped: 0 });
  for (const [ordinal, notice] of [
    [0, /none that can be read/],
    [1, /no picture, only sound/],
    [2, /protected against copying/],
    [3, /9000 × 5000 pixels/],
    [4, /none that can be read/],
    [5, /none that can be read/],
    [6, /none that can be read/],
    [7, /none that can be read/],
  ] as const) {
    const row = await wave.file(ordinal);
    assert.match(row.notice ?? "", notice, row.path);
    assert.equal(row.renditions, undefined);
    assert.equal(row.state, "stored");
  }
  assert.deepEqual(await names(wave, 8), ["poster.webp", "clip.mp4"]);
  assert.deepEqual(asked, []);
  assert.equal((await wave.step("Transcode"))?.outcome, "succeeded");
});

test("ffmpeg is run again after it was killed", async () => {
  const wave = await waveOf({ path: "old.mpg", bytes: makeVideo("mpg", 1, "1280x720", MPEG2) });
  const { killed, stop } = killNamed("ffmpeg", 1);
  try {
    assert.equal((await transcodeBatch(wave.client("Transcode", 0))).made, 1);
  } finally {
    stop();
  }
  assert.equal(killed.size, 1);
  assert.deepEqual(await names(wave, 0), ["poster.webp", "clip.mp4", "video.mp4"]);
});

test("a video for which ffmpeg always crashes gets a notice; another try starts from the beginning", async () => {
  const wave = await waveOf({ path: "old.mpg", bytes: makeVideo("mpg", 1, "1280x720", MPEG2) });
  const { stop } = killNamed("ffmpeg", 1000, 5);
  try {
    assert.equal((await transcodeBatch(wave.client("Transcode", 0))).refused, 1);
  } finally {
    stop();
  }
  assert.match((await wave.file(0)).notice ?? "", /ended unexpectedly/);
  assert.equal((await transcodeBatch(wave.client("Transcode", 0))).made, 1);
});

test("a stop ends ffmpeg at once; another try makes what is missing, and a third makes nothing", async () => {
  const wave = await waveOf(
    { path: "a.mp4", bytes: makeVideo("mp4", 1, "320x240", X264) },
    { path: "b.mpg", bytes: makeVideo("mpg", 3, "1280x720", MPEG2) },
  );
  const stop = new AbortController();
  const watching = setInterval(async () => {
    if ((await wave.step("Transcode"))?.done === 1) stop.abort(new Error("enough"));
  }, 50);
  await assert.rejects(transcodeBatch(wave.client("Transcode", 0), { moved: () => {}, signal: stop.signal }), /enough/);
  clearInterval(watching);
  assert.deepEqual(childrenNamed("ffmpeg"), []);
  assert.equal((await wave.step("Transcode"))?.outcome, "failed");
  assert.deepEqual(await transcodeBatch(wave.client("Transcode", 0)), { made: 1, refused: 0, skipped: 1 });
  assert.deepEqual(await transcodeBatch(wave.client("Transcode", 0)), { made: 0, refused: 0, skipped: 2 });
});

test("without ffmpeg the step is skipped with a reason; a video whose bytes are gone gets a notice", async () => {
  const wave = await waveOf({ path: "a.mp4", size: 1000 });
  process.env.FFMPEG_PATH = "/nowhere/ffmpeg";
  try {
    assert.equal((await transcodeBatch(wave.client("Transcode", 0))).skipped, 1);
  } finally {
    delete process.env.FFMPEG_PATH;
  }
  const step = await wave.step("Transcode");
  assert.equal(step?.outcome, "skipped");
  assert.match(step?.message ?? "", /no ffmpeg on this machine/);
  assert.equal((await transcodeBatch(wave.client("Transcode", 0))).refused, 1);
  assert.match((await wave.file(0)).notice ?? "", /no longer in storage/);
});

test("ffmpeg's requests count as requests to S3", async () => {
  const wave = await waveOf({ path: "a.mp4", bytes: makeVideo("mp4", 1, "320x240", X264) });
  const { meter } = wave.ctx;
  await withMeter(meter, () => transcodeBatch(wave.client("Transcode", 0)));
  const { totals } = meter as unknown as { totals: Map<string, number> };
  assert.ok((totals.get("s3.GetObject.requests") ?? 0) >= 3);
  assert.equal(totals.get("s3.PutObject.requests"), 2);
});

async function listen(t: TestContext, onRequest: (url: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    onRequest(request.url ?? "");
    response.end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
