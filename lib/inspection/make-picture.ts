import sharp, { type FailOnOptions, type Metadata, type Sharp } from "sharp";
import { type PictureLimits, pictureLimits } from "./limits.ts";
import type { ByteSource, Made, MadeRendition, Options } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";

// For the whole process, before any picture: only these are decoded (drawings can ask for other files), nothing kept.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: ["Jpeg", "Png", "Webp", "Heif", "Tiff", "Nsgif"].map((name) => `VipsForeignLoad${name}`) });
sharp.cache(false);

const DAMAGED = "This picture is damaged or incomplete; no preview is made of it.";

/**
 * `thumb.webp` and `view.webp` of a picture, turned upright, in sRGB and without its metadata; of an animation the
 * first frame. Facts are its pixels after turning. Throws Unpreviewable, which has them too where they are known.
 */
export async function makePicture(
  source: ByteSource,
  { limits: changed, signal }: Options<PictureLimits> = {},
): Promise<Made> {
  const limits = { ...pictureLimits, ...changed };
  if (source.size > limits.readBytes) throw new Unpreviewable("This picture's file is too large for a preview.");
  if (source.size === 0) throw new Unpreviewable(DAMAGED);
  const bytes = await source.read(0, source.size);
  signal?.throwIfAborted();
  const metadata = await readMetadata(bytes);
  const { width, height } = metadata.autoOrient;
  const facts = { width, height };
  const refuse = (sentence: string, cause?: unknown) => new Unpreviewable(sentence, { facts, cause });
  if (width * height > pixelsAllowed(metadata, limits)) {
    throw refuse(`This picture claims to be ${pixels(width)} × ${pixels(height)} pixels; no preview is made of it.`);
  }
  if (metadata.compression === "hevc") throw refuse("No preview can be made of pictures in the format HEIC.");
  try {
    return { renditions: await render(bytes, limits), facts };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && /timeout/i.test(error.message)) {
      throw refuse("Making a preview of this picture took too long.", error);
    }
    const ended = withEnd(bytes, metadata);
    if (!ended) throw refuse(DAMAGED, error);
    return await render(ended, limits, "warning").then(
      (renditions) => ({ renditions, facts }),
      (cause: unknown) => {
        signal?.throwIfAborted();
        throw refuse(DAMAGED, cause);
      },
    );
  }
}

const END_OF_JPEG = Buffer.from("ffd9", "hex");

/** A JPEG that lacks its end mark, with one: if nothing else is missing, it then decodes without a warning. */
function withEnd(bytes: Uint8Array, { format }: Metadata): Uint8Array | undefined {
  if (format !== "jpeg" || END_OF_JPEG.equals(bytes.subarray(-2))) return undefined;
  return Buffer.concat([bytes, END_OF_JPEG]);
}

/** `thumb.webp` alone, of a small picture within another file. Throws Unpreviewable. */
export async function makeThumb(bytes: Uint8Array, limits: PictureLimits = pictureLimits): Promise<MadeRendition> {
  const { width, height } = (await readMetadata(bytes)).autoOrient;
  if (width * height > limits.wholePixels) throw new Unpreviewable(DAMAGED);
  try {
    return await encode(decode(bytes, limits, limits.thumbPixels), "thumb.webp");
  } catch (error) {
    throw new Unpreviewable(DAMAGED, { cause: error });
  }
}

async function readMetadata(bytes: Uint8Array): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    const unknown = error instanceof Error && /unsupported image format/i.test(error.message);
    throw new Unpreviewable(unknown ? "No preview can be made of this kind of picture." : DAMAGED, { cause: error });
  }
}

/** Decoded once, to the larger rendition; the smaller is made of that. */
async function render(bytes: Uint8Array, limits: PictureLimits, failOn?: FailOnOptions): Promise<MadeRendition[]> {
  const { data, info } = await decode(bytes, limits, limits.viewPixels, failOn)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const view = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
  const thumb = view().resize(limits.thumbPixels, limits.thumbPixels, { fit: "inside", withoutEnlargement: true });
  return [await encode(thumb, "thumb.webp"), await encode(view(), "view.webp")];
}

function decode(bytes: Uint8Array, limits: PictureLimits, side: number, failOn: FailOnOptions = "error"): Sharp {
  return sharp(bytes, { limitInputPixels: limits.rowsPixels, failOn })
    .timeout({ seconds: limits.seconds })
    .autoOrient()
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .toColourspace("srgb");
}

async function encode(picture: Sharp, name: string): Promise<MadeRendition> {
  const { data, info } = await picture.webp({ quality: 80 }).toBuffer({ resolveWithObject: true });
  return { name, type: "image/webp", body: data, width: info.width, height: info.height };
}

function pixelsAllowed({ format, isProgressive, orientation }: Metadata, limits: PictureLimits): number {
  const byRows = (format === "jpeg" || format === "png" || format === "tiff") && !isProgressive;
  // A JPEG is made smaller while it is decoded, before it is turned.
  const turned = format !== "jpeg" && orientation !== undefined && orientation > 1;
  return byRows && !turned ? limits.rowsPixels : limits.wholePixels;
}

const pixels = (count: number): string => count.toLocaleString("en");
