import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A video that ffmpeg makes from its test pictures; `words` say how. `extension` decides on the container. */
export function makeVideo(extension: string, seconds: number, size: string, words: readonly string[]): Buffer {
  return inFolder((folder) => {
    const path = join(folder, `video.${extension}`);
    const picture = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25:duration=${seconds}`];
    const sound = ["-f", "lavfi", "-i", `sine=frequency=440:duration=${seconds}`];
    run("ffmpeg", ["-v", "error", "-y", ...picture, ...sound, ...words, path]);
    return readFileSync(path);
  });
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
