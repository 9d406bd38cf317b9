import { z } from "zod";
import { sentenceOf } from "../kernel/safe-text.ts";
import { StepInput } from "./run.schema.ts";

/**
 * The protocol between a container and the broker. A container opens strangers' files, so it has no rights of its own.
 * It shows the broker the ticket of its task, and gets signed URLs of that task's files. The broker writes the results
 * that match this schema.
 */

/** The step of a run that a container works for; `batch` if the step runs once for each batch. */
export const TaskRef = StepInput.extend({ batch: z.number().int().nonnegative().optional() });
export type TaskRef = z.infer<typeof TaskRef>;

/** The state machine's input for a container. */
export const TaskInput = TaskRef.extend({ ticket: z.string() });
export type TaskInput = z.infer<typeof TaskInput>;

/** The renditions of a video, with type and maximum size in bytes. */
export const VIDEO_RENDITIONS = {
  "poster.webp": { type: "image/webp", most: 32 * 1024 ** 2 },
  "clip.mp4": { type: "video/mp4", most: 256 * 1024 ** 2 },
  "video.mp4": { type: "video/mp4", most: 16 * 1024 ** 3 },
} as const;
export type VideoRenditionName = keyof typeof VIDEO_RENDITIONS;
/** S3's parts have at least 5 MiB, and there are at most 10,000. A container has one part at a time in memory. */
export const PART_BYTES = 32 * 1024 ** 2;
/** Parts that one call signs. */
export const PARTS_A_CALL = 16;
/** Files in one answer, and results in one call. */
export const FILES_A_CALL = 50;

const Ordinal = z.number().int().nonnegative();
const Sentence = z.string().regex(sentenceOf(400));
const Words = z.string().regex(sentenceOf(200));
const Side = z.number().int().positive().max(1_000_000);
const RenditionName = z.enum(Object.keys(VIDEO_RENDITIONS) as [VideoRenditionName]);
const Bytes = z
  .number()
  .int()
  .positive()
  .max(16 * 1024 ** 3);

const Verdict = z.discriminatedUnion("scan", [
  z.strictObject({ scan: z.literal("clean"), inParts: z.literal(true).optional() }),
  z.strictObject({ scan: z.literal("infected"), threat: Words, reason: Sentence }),
  z.strictObject({ scan: z.literal("unscannable"), why: Words }),
  z.strictObject({ scan: z.literal("unscanned") }),
]);
/** `gone`: its bytes are not in S3 any more. */
const ScanResult = z.strictObject({
  ordinal: Ordinal,
  found: z.union([Verdict, z.literal("gone")]),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type ScanResult = z.infer<typeof ScanResult>;

const Rendition = z.strictObject({ name: RenditionName, bytes: Bytes, width: Side, height: Side });
const Upload = z.strictObject({ ordinal: Ordinal, name: RenditionName, bytes: Bytes });

export const TaskCall = z.discriminatedUnion("do", [
  /** Begins the step, or another try of it. */
  z.strictObject({ do: z.literal("begin") }),
  z.strictObject({ do: z.literal("progress"), done: Ordinal, total: Ordinal }),
  /** Work on this file begins. If it ends the container, the next try knows which file it was. */
  z.strictObject({ do: z.literal("at"), ordinal: Ordinal }),
  z.strictObject({
    do: z.literal("end"),
    outcome: z.enum(["succeeded", "skipped", "failed"]),
    message: Sentence.optional(),
  }),
  /** The files from this ordinal on. */
  z.strictObject({ do: z.literal("files"), from: Ordinal }),
  /** Another URL of a file, when the first has expired. */
  z.strictObject({ do: z.literal("url"), ordinal: Ordinal }),
  z.strictObject({ do: z.literal("scanned"), results: z.array(ScanResult).min(1).max(FILES_A_CALL) }),
  /** For uploading a rendition of a video in one piece, or for beginning an upload in parts. */
  Upload.extend({ do: z.literal("put") }),
  Upload.extend({ do: z.literal("sign"), uploadId: z.string(), from: z.number().int().positive().max(10_000) }),
  Upload.extend({ do: z.literal("complete"), uploadId: z.string(), etags: z.array(z.string()).min(1).max(10_000) }),
  z.strictObject({
    do: z.literal("transcoded"),
    ordinal: Ordinal,
    renditions: z.array(Rendition).min(1).max(3),
    facts: z.strictObject({ width: Side, height: Side, seconds: z.number().positive().max(1e9).optional() }),
    notice: Sentence.optional(),
  }),
  /** No rendition could be made, and why. A notice that the file has already is kept. */
  z.strictObject({ do: z.literal("refused"), ordinal: Ordinal, notice: Sentence, keep: z.boolean().optional() }),
]);
export type TaskCall = z.infer<typeof TaskCall>;

export const TaskRequest = z.object({ task: TaskRef, ticket: z.string(), call: TaskCall });
export type TaskRequest = z.infer<typeof TaskRequest>;

/** A file of a task, as the container gets it. */
export type TaskFile = {
  ordinal: number;
  size: number;
  type: string;
  /** Where to read it; absent if there is no work to do. */
  url?: string;
  /** The result of an earlier scan. */
  known?: "clean" | "infected" | "unscannable";
  /** There is nothing to do for it. */
  skip?: true;
  /** It has a notice, because an earlier try refused it. */
  noticed?: true;
};
export type TaskSignatures = { name: string; modifiedAt: string; url: string };

export type TaskAnswers = {
  begin: { blamed: number[]; total: number; signatures: TaskSignatures[] };
  progress: null;
  at: null;
  end: null;
  /** `next`: the ordinal to continue with. */
  files: { files: TaskFile[]; next?: number };
  /** Absent when the file was removed meanwhile. */
  url: { url: string } | null;
  scanned: null;
  put: { url: string } | { uploadId: string };
  sign: { urls: string[] };
  complete: null;
  transcoded: null;
  refused: null;
};
