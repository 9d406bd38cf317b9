import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { describeVideo, makeVideo, sampleVideo } from "#lib/transcoding/testing/videos.ts";
import { executionName } from "./execution.store.ts";
import { noteFailure } from "./note-failure.ts";
import { getRun } from "./run.store.ts";
import { beginStep, stepAt } from "./step.store.ts";
import { makeWave, type Wave, type WaveFile } from "./testing/wave.ts";
import { transcodeBatch } from "./transcode-batch.ts";

requireEngines();

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-an"];
const stepOf = ({ ref }: Wave) => ({ ...ref, state: "Transcode", batch: 0 });
const waveOf = (...files: WaveFile[]) => makeWave(files.map((file) => ({ kind: "video", ...file })));
const SAMPLES = new URL("../transcoding/testing/samples/", import.meta.url);
const sample = (name: string): Buffer => readFileSync(new URL(name, SAMPLES));

const renditions = async (wave: Wave, ordinal: number) =>
  ((await wave.file(ordinal)).renditions ?? []).map(({ name, width, height }) => `${name} ${width}x${height}`);

async function bytesOf({ ref }: Wave, ordinal: number, name: string): Promise<Buffer> {
  const Key = `${ref.workspaceId}/${ref.transferId}/${ordinal}/${name}`;
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: resources.derived, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test("a video with one keyframe gets a poster from its start, and the next video gets all renditions", async () => {
  const once = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "9999", "-sc_threshold", "0"];
  const wave = await waveOf(
    { path: "a-one-keyframe.ts", bytes: sample("one-keyframe.m2ts") },
    { path: "long.ts", bytes: makeVideo("ts", 12, "160x90", [...once, "-an"]) },
    { path: "long.mpg", bytes: makeVideo("mpg", 4, "160x90", ["-c:v", "mpeg2video", "-g", "600", "-an"]) },
    { path: "b-good.mp4", bytes: makeVideo("mp4", 1, "160x90", X264) },
  );
  assert.deepEqual(await transcodeBatch(wave.client("Transcode", 0)), { made: 4, refused: 0, skipped: 0 });
  for (const ordinal of [0, 1, 2]) {
    const { notice, path } = await wave.file(ordinal);
    assert.equal(notice, undefined, path);
    assert.deepEqual(
      await renditions(wave, ordinal),
      ["poster.webp 160x90", "clip.mp4 160x90", "video.mp4 160x90"],
      path,
    );
    assert.ok((await bytesOf(wave, ordinal, "poster.webp")).length > 200, path);
  }
  assert.deepEqual(await renditions(wave, 3), ["poster.webp 160x90", "clip.mp4 160x90"]);
});

test("a recording that starts in the middle of a picture group is shown from the first whole picture", async () => {
  const ts = makeVideo("ts", 16, "320x180", [
    ...X264,
    "-g",
    "250",
    "-sc_threshold",
    "0",
    "-b:v",
    "3M",
    "-minrate",
    "3M",
  ]);
  // Without its first packets it has no parameters until the next keyframe, ten seconds later.
  const cut = Math.floor(ts.length / 20 / 188) * 188;
  const wave = await waveOf(
    { path: "middle.ts", bytes: ts.subarray(cut) },
    { path: "fine.mp4", bytes: makeVideo("mp4", 1, "160x90", X264) },
  );
  const summary = await transcodeBatch(wave.client("Transcode", 0));
  assert.deepEqual([summary, (await wave.file(0)).notice], [{ made: 2, refused: 0, skipped: 0 }, undefined]);
  assert.deepEqual(await renditions(wave, 0), ["poster.webp 320x180", "clip.mp4 320x180", "video.mp4 320x180"]);
});

/** ffmpeg does not write this tag any more, so it is written under another name of the same length. */
function withOldTag(degrees: string): Buffer {
  const bytes = makeVideo("mkv", 1, "160x90", [...X264, "-metadata:s:v:0", `rotatx=${degrees}`]);
  assert.ok(bytes.includes("ROTATX"));
  bytes.write("ROTATE", bytes.indexOf("ROTATX"));
  return bytes;
}

test("width and height are those that are displayed, in the facts, the poster, the clip and the copy", async () => {
  const wide = ["-vf", "setsar=4/3", ...X264];
  const wave = await waveOf(
    { path: "portrait.mov", bytes: sample("portrait.mov") },
    { path: "half.mov", bytes: sampleVideo("mov", "160x90", X264, { turn: 180 }) },
    { path: "other.mp4", bytes: sampleVideo("mp4", "160x90", X264, { turn: 270 }) },
    { path: "wide.mkv", bytes: makeVideo("mkv", 1, "160x90", wide) },
    { path: "tall.avi", bytes: makeVideo("avi", 1, "160x90", ["-vf", "setsar=3/4", "-c:v", "mpeg4", "-an"]) },
    { path: "wide-portrait.mp4", bytes: sampleVideo("mp4", "160x90", wide, { turn: 90 }) },
    { path: "old-tag.mkv", bytes: withOldTag("90") },
  );
  assert.equal((await transcodeBatch(wave.client("Transcode", 0))).made, 7);
  const expected: [number, number][] = [
    [90, 160],
    [160, 90],
    [90, 160],
    [213, 90],
    [160, 120],
    [90, 213],
    [90, 160],
  ];
  for (const [ordinal, [width, height]] of expected.entries()) {
    const { facts, renditions = [], path } = await wave.file(ordinal);
    assert.deepEqual([facts?.width, facts?.height], [width, height], path);
    for (const one of renditions) {
      const near = Math.abs((one.width ?? 0) - width) <= 1 && Math.abs((one.height ?? 0) - height) <= 1;
      assert.ok(near, `${path} ${one.name}: ${one.width} × ${one.height} instead of ${width} × ${height}`);
    }
  }
  // The copy of a video with an old tag is really rotated: its first row of pixels has the displayed width.
  const { streams } = describeVideo(await bytesOf(wave, 6, "video.mp4"));
  assert.deepEqual([streams[0]?.width, streams[0]?.height], [90, 160]);
});

test("a video without a whole picture gets a notice, and the others get their renditions", async () => {
  const mp4 = makeVideo("mp4", 3, "160x90", [...X264, "-movflags", "+faststart"]);
  const wave = await waveOf(
    { path: "header-only.mp4", bytes: mp4.subarray(0, mp4.indexOf("mdat") + 8) },
    { path: "noise.ts", bytes: Buffer.alloc(188 * 400, 0x47) },
    { path: "cover-only.mkv", bytes: sampleVideo("mkv", "160x90", ["-map", "1:a", "-c:a", "aac"], { cover: true }) },
    { path: "half.mp4", bytes: mp4.subarray(0, Math.floor(mp4.length / 2)) },
    { path: "tail.mkv", bytes: makeVideo("mkv", 3, "160x90", X264).subarray(0, 30_000) },
    { path: "good.mp4", bytes: makeVideo("mp4", 1, "160x90", X264) },
  );
  const summary = await transcodeBatch(wave.client("Transcode", 0));
  assert.deepEqual(summary, { made: 3, refused: 3, skipped: 0 });
  for (const ordinal of [0, 1, 2]) {
    const { notice, renditions, path } = await wave.file(ordinal);
    assert.match(notice ?? "", /damaged|none that can be read|no picture|can't be read/, path);
    assert.equal(renditions, undefined, path);
  }
  for (const ordinal of [3, 4, 5]) assert.equal((await renditions(wave, ordinal))[0], "poster.webp 160x90");
  const step = await wave.step("Transcode");
  assert.deepEqual([step?.outcome, step?.message], ["succeeded", "3 of 6 have no preview; each says why."]);
});

test("a file that ended earlier tries comes last, and after two such tries it is skipped with a notice", async () => {
  const fine = makeVideo("mp4", 1, "160x90", X264);
  const wave = await waveOf({ path: "deadly.mp4", bytes: fine }, { path: "later.mp4", bytes: fine });
  const now = new Date();
  // As in a try whose process ends in the middle of a file.
  const die = async (): Promise<void> => {
    await beginStep(stepOf(wave), now);
    await stepAt(stepOf(wave), 0);
  };
  await die();
  const stop = new AbortController();
  const signs = { moved: () => stop.abort(new Error("enough")), signal: stop.signal };
  await assert.rejects(transcodeBatch(wave.client("Transcode", 0), signs), /enough/);
  // It began with the other file.
  const { at } = ((await wave.step("Transcode")) ?? {}) as { at?: number };
  assert.equal(at, 1);

  const again = await waveOf({ path: "deadly.mp4", bytes: fine }, { path: "later.mp4", bytes: fine });
  for (const _ of [1, 2]) {
    await beginStep(stepOf(again), now);
    await stepAt(stepOf(again), 0);
  }
  assert.deepEqual(await transcodeBatch(again.client("Transcode", 0)), { made: 1, refused: 1, skipped: 0 });
  assert.match((await again.file(0)).notice ?? "", /ended unexpectedly over it, twice/);
  assert.equal((await again.file(1)).renditions?.length, 2);
});

test("when a batch has failed, each of its files without renditions gets a notice", async () => {
  const wave = await waveOf({ path: "a.mp4", bytes: makeVideo("mp4", 1, "160x90", X264) }, { path: "b.mp4", size: 5 });
  const { ref, ctx } = wave;
  await beginStep(stepOf(wave), new Date());
  const execution = executionName(await getRun(ref));
  const error = { Error: "States.HeartbeatTimeout" };
  await noteFailure(ctx, { ...ref, state: "NotePreviewFailure", batch: 0, execution, failed: "Preview", error });
  for (const ordinal of [0, 1]) assert.match((await wave.file(ordinal)).notice ?? "", /No preview of this file/);
});
