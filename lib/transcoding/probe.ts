import { type Limits, LONG_PROBE, MAX_PIXELS, runFfprobe, type Tools } from "./ffmpeg.ts";
import { type Shape, shownSize } from "./shown-size.ts";
import { VideoRefused } from "./transcoding.errors.ts";

/** Properties of a video before renditions are made. */
export type Video = {
  /** ffmpeg's names of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  containers: string[];
  /** Of QuickTime's family: `qt`, `isom`, `mp42` … */
  brand?: string;
  seconds?: number;
  /** Bits per second, of all streams together. */
  bitrate?: number;
  /** Displayed `width` and `height`: rotated, with square pixels. */
  picture: { index: number; codec: string; profile: string; pixelFormat: string; width: number; height: number };
  /** Degrees clockwise that ffmpeg does not rotate by itself, because only an old tag says so. */
  turn?: 90 | 180 | 270;
  /** The codec is known only after megabytes, so ffmpeg must read that far. */
  late?: true;
  sound?: { index: number; codec: string };
};

type Stream = Shape & {
  index: number;
  codec_type?: string;
  codec_name?: string;
  codec_tag_string?: string;
  profile?: string;
  pix_fmt?: string;
  disposition?: { attached_pic?: number };
  tags?: Record<string, string>;
};
type Probed = {
  format?: { format_name?: string; duration?: string; bit_rate?: string; tags?: { major_brand?: string } };
  streams?: Stream[];
  packets?: { side_data_list?: { side_data_type?: string }[] }[];
};

const NO_VIDEO = "This file is named as a video, but it is none that can be read.";
const ONLY_SOUND = "This file has no picture, only sound.";
const PROTECTED = "This video is protected against copying, so that no preview can be made.";
const UNKNOWN_CODEC = "This video is of a kind that can't be read, so that there is no preview.";
const tooLarge = (width: number, height: number): string =>
  `This video claims ${width} × ${height} pixels: too many to make a preview of.`;

const SLOW = "Reading this video took longer than it may, so that there is no preview.";
const PROBE = ["-show_format", "-show_streams", "-show_packets", "-read_intervals", "%+#8"];

/** Throws VideoRefused for a file that is no video, has no picture, is encrypted or states absurd sizes. */
export async function probeVideo(tools: Tools, url: string, limits: Limits): Promise<Video> {
  const near = await look(tools, url, PROBE, limits);
  if (!near.picture || isKnown(near.picture)) return understand(near);
  return { ...understand(await look(tools, url, [...LONG_PROBE, ...PROBE], limits)), late: true };
}

type Look = { probed: Probed; picture: Stream | undefined; errors: string };

async function look(tools: Tools, url: string, words: readonly string[], limits: Limits): Promise<Look> {
  const { ended, output, errors } = await runFfprobe(tools, url, words, limits);
  if (ended === "killed") throw new Error("ffprobe was killed.");
  if (ended === "overrun" || ended === "still") throw new VideoRefused(SLOW);
  if (ended !== "well") throw new VideoRefused(NO_VIDEO);
  // Guarantee: ffprobe's own JSON, in which every field is optional here; incomplete JSON does not parse.
  let probed: Probed;
  try {
    probed = JSON.parse(output) as Probed;
  } catch (cause) {
    throw new VideoRefused(NO_VIDEO, { cause });
  }
  const pictures = (probed.streams ?? []).filter((one) => one.codec_type === "video" && !one.disposition?.attached_pic);
  return { probed, picture: pictures.find(isKnown) ?? pictures[0], errors };
}

const isKnown = ({ codec_name = "unknown", width = 0, height = 0 }: Stream): boolean =>
  codec_name !== "unknown" && width > 0 && height > 0;

function understand({ probed, picture, errors }: Look): Video {
  const { format = {}, streams = [], packets = [] } = probed;
  if (!picture) throw new VideoRefused(streams.some((one) => one.codec_type === "audio") ? ONLY_SOUND : NO_VIDEO);
  const encrypted = packets.some((one) =>
    one.side_data_list?.some((data) => data.side_data_type === "Encryption info"),
  );
  if (
    encrypted ||
    /DRM protected|encrypted/i.test(errors) ||
    /^(encv|drmi|drms)$/.test(picture.codec_tag_string ?? "")
  ) {
    throw new VideoRefused(PROTECTED);
  }
  const { width = 0, height = 0 } = picture;
  if (!isKnown(picture)) throw new VideoRefused(UNKNOWN_CODEC);
  if (width * height > MAX_PIXELS) throw new VideoRefused(tooLarge(width, height));
  const sound = streams.find((one) => one.codec_type === "audio" && one.codec_name);
  const [seconds, bitrate] = [Number(format.duration), Number(format.bit_rate)];
  const turn = turnOf(picture);
  return {
    containers: (format.format_name ?? "").split(","),
    ...(format.tags?.major_brand ? { brand: format.tags.major_brand.trim() } : {}),
    ...(seconds > 0 ? { seconds } : {}),
    ...(bitrate > 0 ? { bitrate } : {}),
    picture: {
      index: picture.index,
      codec: picture.codec_name ?? "",
      profile: picture.profile ?? "",
      pixelFormat: picture.pix_fmt ?? "",
      ...shownSize(picture, turn),
    },
    ...(turn ? { turn } : {}),
    ...(sound?.codec_name ? { sound: { index: sound.index, codec: sound.codec_name } } : {}),
  };
}

/** ffmpeg follows a display matrix if there is one; only we follow an old tag. */
function turnOf({ side_data_list: data = [], tags = {} }: Stream): Video["turn"] {
  if (data.some(({ rotation }) => rotation !== undefined)) return undefined;
  const said = Object.entries(tags).find(([name]) => name.toLowerCase() === "rotate")?.[1];
  const degrees = (((Number(said ?? 0) % 360) + 360) % 360) as 90 | 180 | 270;
  return [90, 180, 270].includes(degrees) ? degrees : undefined;
}
