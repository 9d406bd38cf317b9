import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A video that ffmpeg makes from its test pictures; `words` say how. `extension` decides on the container. */
export function makeVideo(
  extension: string,
  seconds: number,
  size: string,
  words: readonly string[],
  rate = 25,
): Buffer {
  return inFolder((folder) => {
    const path = join(folder, `video.${extension}`);
    const picture = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`];
    const sound = ["-f", "lavfi", "-i", `sine=frequency=440:duration=${seconds}`];
    run("ffmpeg", ["-v", "error", "-y", ...picture, ...sound, ...words, path]);
    return readFileSync(path);
  });
}

/** A second of the same with what ffmpeg has no words for: a display matrix of quarter turns, or a cover beside the sound. */
export function sampleVideo(
  extension: "mp4" | "mov" | "mkv",
  size: string,
  words: readonly string[],
  { turn = 0, cover = false }: { turn?: 0 | 90 | 180 | 270; cover?: boolean },
): Buffer {
  if (cover) {
    return inFolder((folder) => {
      const picture = join(folder, "cover.png");
      run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "color=red:size=32x32", "-frames:v", "1", picture]);
      const attach = ["-attach", picture, "-metadata:s:t", "mimetype=image/png", "-metadata:s:t", "filename=cover.png"];
      return makeVideo(extension, 1, size, [...words, ...attach]);
    });
  }
  const bytes = makeVideo(extension, 1, size, words);
  const matrices = { 0: [1, 0, 0, 1], 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] };
  const [a = 0, b = 0, c = 0, d = 0] = matrices[turn];
  // The first track's matrix (ISO 14496-12, 8.3.2).
  const matrix = bytes.indexOf("tkhd") + 4 + 40;
  for (const [index, value] of [a, b, 0, c, d].entries()) bytes.writeInt32BE(value * 0x10000, matrix + index * 4);
  return bytes;
}

type Streams = { codec_name: string; profile?: string; pix_fmt?: string; width?: number; height?: number }[];

/** What ffprobe says of bytes, independently of what the code under test asks it. */
export function describeVideo(bytes: Uint8Array): { streams: Streams; seconds: number } {
  return inFolder((folder) => {
    const path = join(folder, "video");
    writeFileSync(path, bytes);
    const text = run("ffprobe", ["-v", "error", "-of", "json", "-show_streams", "-show_format", path]);
    const { streams, format } = JSON.parse(text) as { streams: Streams; format: { duration?: string } };
    return { streams, seconds: Number(format.duration) };
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
}
