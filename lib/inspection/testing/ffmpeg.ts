import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
let version: Promise<string | undefined> | undefined;

/** For a test's `skip`: false where ffmpeg is installed, else why the test is skipped. */
export async function withoutFfmpeg(): Promise<string | false> {
  version ??= run("ffmpeg", ["-version"]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
  return (await version) === undefined ? "ffmpeg is not installed here" : false;
}

/** What ffmpeg makes with these arguments, which end before the output's name. */
export async function ffmpeg(name: string, args: string[]): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), "dormouse-ffmpeg-"));
  try {
    const out = join(directory, name);
    await run("ffmpeg", ["-v", "error", "-nostdin", ...args, "-threads", "1", out]);
    return new Uint8Array(await readFile(out));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Arguments that give ffmpeg a test picture and a tone of `seconds`. */
export const testInput = (seconds: number, size = "160x120"): string[] => [
  ...["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=10:duration=${seconds}`],
  ...["-f", "lavfi", "-i", `sine=duration=${seconds}`],
];
