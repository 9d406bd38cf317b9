import { z } from "zod";
import { FILE_KINDS } from "../kernel/file-kind.ts";
import { sentenceOf } from "../kernel/safe-text.ts";

/**
 * What the workflow and the inspector say to each other. The inspector is the one program that opens files of strangers,
 * so what it answers is believed of nothing but the file that it was asked about, and has a size at most.
 */

/** Files whose types are told in one call. */
export const DETECT_FILES = 100;
/** Of all renditions of a file together, in bytes: base64 makes 4/3 of it, and Lambda answers 6 MB at most. */
export const RENDITION_BYTES = 4_500_000;

/** The names that renditions may have, and the type under which each is stored. */
export const RENDITION_TYPES = {
  "thumb.webp": "image/webp",
  "view.webp": "image/webp",
  "page-1.webp": "image/webp",
  "text.txt": "text/plain",
  "entries.json": "application/json",
} as const;

const FileKind = z.enum(FILE_KINDS);
const Size = z.number().int().nonnegative();
/** One line for people, without characters that change how it is read. */
const Sentence = z.string().regex(sentenceOf(400));
const MediaType = z.string().regex(/^[\w.+-]{1,60}\/[\w.+-]{1,120}$/);
const Side = z.number().int().positive().max(100_000_000);
const Facts = z.strictObject({
  width: Side.optional(),
  height: Side.optional(),
  seconds: z.number().nonnegative().max(1e9).optional(),
  pages: Size.max(1e9).optional(),
  entries: Size.max(1e12).optional(),
});

const FileToDetect = z.object({ url: z.url(), size: Size, name: z.string(), declared: z.string() });
export type FileToDetect = z.infer<typeof FileToDetect>;

/** `url` is signed, and reads this one file for a while. `type` is what an earlier call detected. */
export const InspectRequest = z.discriminatedUnion("task", [
  z.object({ task: z.literal("detect"), files: z.array(FileToDetect).min(1).max(DETECT_FILES) }),
  z.object({ task: z.literal("preview"), kind: FileKind, type: z.string(), url: z.url(), size: Size }),
]);
export type InspectRequest = z.infer<typeof InspectRequest>;

/** Its bytes are no longer in storage. */
const Gone = z.strictObject({ gone: z.literal(true) });
/** It could not be looked into, and the file is why. */
const Broken = z.strictObject({ broken: z.literal(true) });

const Detection = z.strictObject({ type: MediaType, kind: FileKind, notice: Sentence.optional() });
export type Detection = z.infer<typeof Detection>;

/** One for each file, in the order in which they were named. */
export const DetectAnswer = z.array(z.union([Detection, Gone, Broken])).max(DETECT_FILES);
export type DetectAnswer = z.infer<typeof DetectAnswer>;

const RenditionName = z.enum(Object.keys(RENDITION_TYPES) as [keyof typeof RENDITION_TYPES]);
const Made = z.strictObject({
  renditions: z
    .array(
      z.strictObject({
        name: RenditionName,
        body: z.base64().max((RENDITION_BYTES / 3) * 4 + 4),
        width: Side.optional(),
        height: Side.optional(),
      }),
    )
    .max(Object.keys(RENDITION_TYPES).length),
  facts: Facts,
  notice: Sentence.optional(),
  /** What a look inside has shown the file to be, where its first bytes say otherwise. */
  is: z.strictObject({ type: MediaType, kind: FileKind }).optional(),
});

export const PreviewAnswer = z.union([
  z.strictObject({ made: Made }),
  /** Nothing can be shown of it, and why. */
  z.strictObject({ refused: Sentence, facts: Facts }),
  Gone,
]);
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;
