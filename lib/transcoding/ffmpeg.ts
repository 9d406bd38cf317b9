import { findProgram } from "#lib/programs/find-program.ts";
import { type Ran, type RunOptions, runProgram } from "#lib/programs/run-program.ts";
import { type Shape, shownSize } from "./shown-size.ts";

export type Tools = { ffmpeg: string; ffprobe: string };

/** Where ffmpeg is, or undefined when it is not installed. */
export function findTools(): Tools | undefined {
  const [ffmpeg, ffprobe] = [findProgram("ffmpeg"), findProgram("ffprobe")];
  return ffmpeg && ffprobe ? { ffmpeg, ffprobe } : undefined;
}

/** Threads of each decoder, filter graph and encoder: the vCPUs of the container. */
const THREADS = 2;

/** Pixels of a frame: 8192 × 4320 has 35 million. */
export const MAX_PIXELS = 40_000_000;

/**
 * Formats whose files contain all of their data. Other formats may refer to other files and URLs (playlists, manifests,
 * concatenations), which would be read with this process's rights.
 */
const FORMATS = [
  ...["mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpeg", "mpegts", "mpegvideo", "m4v"],
  ...["h264", "hevc", "flv", "asf", "ogg", "mxf", "dv", "rm", "wtv", "nut", "ivf", "obu", "h263", "mjpeg"],
];

/** Options in front of every input from a stranger. */
const UNTRUSTED_INPUT = [
  ...["-protocol_whitelist", "http,tcp", "-format_whitelist", FORMATS.join(",")],
  ...["-max_streams", "100", "-rw_timeout", "90000000"],
];

/** For files that begin without codec parameters, such as a recording that starts in the middle. */
export const LONG_PROBE = ["-probesize", `${256 * 1024 ** 2}`, "-analyzeduration", `${120 * 1e6}`];

export type Limits = Pick<RunOptions, "folder" | "deadlineMs" | "signal" | "stillMs" | "onSign">;

/** Memory in MiB: decoding, filtering and encoding a frame of 8192 × 4320 pixels needs less. */
const MEMORY_MIB = 3072;
/** Address space in MiB: libraries, and the stacks and heaps that threads reserve without using them. */
const ADDRESS_MIB = 4608;
/** It reads over HTTP, from this process. */
const READS_A_URL = { network: true, memoryMib: MEMORY_MIB, addressMib: ADDRESS_MIB };

/** Has ffmpeg make one file of `most` bytes out of a URL. `seek` in seconds; `output` are the words that describe it. */
export async function runFfmpeg(
  tools: Tools,
  input: { url: string; seek?: number; late?: boolean },
  output: readonly string[],
  limits: Limits & { most: number },
): Promise<Ran> {
  let last = "";
  const words = [
    ...["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y", "-progress", "pipe:1"],
    ...["-filter_threads", `${THREADS}`, "-max_alloc", `${1024 ** 3}`],
    ...UNTRUSTED_INPUT,
    ...["-max_pixels", `${MAX_PIXELS}`, "-threads", `${THREADS}`],
    ...(input.late ? LONG_PROBE : []),
    ...(input.seek ? ["-ss", input.seek.toFixed(3)] : []),
    ...["-i", input.url],
    // Metadata about the sender or their location is left out.
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-threads", `${THREADS}`],
    ...output,
  ];
  return await runProgram(tools.ffmpeg, words, {
    ...limits,
    ...READS_A_URL,
    fileBytes: limits.most,
    onOutput(text, moved) {
      // It reports twice per second, also when nothing has moved since.
      const times = text.match(/^(?:frame|out_time_us|total_size)=.*$/gm)?.join();
      if (times && times !== last) moved();
      last = times ?? last;
    },
  });
}

/** What ffprobe reports about a stranger's URL, as JSON text. */
export const runFfprobe = (tools: Tools, url: string, words: readonly string[], limits: Limits): Promise<Ran> =>
  runProgram(
    tools.ffprobe,
    ["-v", "warning", "-print_format", "json", "-max_alloc", `${1024 ** 3}`, ...UNTRUSTED_INPUT, ...words, "-i", url],
    { ...limits, ...READS_A_URL, fileBytes: 0 },
  );

/** Displayed width and height of a picture or video that ffmpeg has made here; undefined when there is none in it. */
export async function measure(
  tools: Tools,
  path: string,
  limits: Limits,
): Promise<{ width: number; height: number } | undefined> {
  const words = ["-v", "error", "-print_format", "json", "-show_streams", path];
  const { ended, output } = await runProgram(tools.ffprobe, words, {
    ...limits,
    ...READS_A_URL,
    network: false,
    fileBytes: 0,
  });
  if (ended !== "well") return undefined;
  const { streams = [] } = JSON.parse(output || "{}") as { streams?: Shape[] };
  const found = streams.find(({ width, height }) => width && height);
  return found && shownSize(found);
}
