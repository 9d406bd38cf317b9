import { completeDerived, createDerivedUpload, presignDerived, presignDerivedParts } from "#lib/files/derived.store.ts";
import { type FileRow, noteFile } from "#lib/files/file.store.ts";
import {
  PART_BYTES,
  PARTS_A_CALL,
  type TaskAnswers,
  type TaskCall,
  VIDEO_RENDITIONS,
  type VideoRenditionName,
} from "./task.schema.ts";
import { NotYourFile } from "./workflow.errors.ts";

type VideoCall = Extract<TaskCall, { do: "put" | "sign" | "complete" | "transcoded" | "refused" }>;

/** What a transcode container asks the broker for, about one of its videos. */
export async function serveVideo(file: FileRow, call: TaskCall): Promise<TaskAnswers[VideoCall["do"]]> {
  switch (call.do) {
    case "put":
      return call.bytes <= PART_BYTES
        ? { url: await presignDerived(file, renditionOf(call)) }
        : { uploadId: await createDerivedUpload(file, renditionOf(call)) };
    case "sign":
      return { urls: await presignDerivedParts(file, renditionOf(call), call.uploadId, partsFrom(call)) };
    case "complete":
      await completeDerived(file, renditionOf(call), call.uploadId, call.etags);
      return null;
    case "transcoded": {
      const { renditions, facts, notice } = call;
      const made = renditions.map((one) => ({ ...one, type: VIDEO_RENDITIONS[one.name].type }));
      const there = (file.renditions ?? []).filter(({ name }) => !made.some((one) => one.name === name));
      await noteFile(file, {
        renditions: [...there, ...made],
        facts: { ...file.facts, ...facts },
        ...(notice ? { notice } : {}),
      });
      return null;
    }
    case "refused":
      if (!call.keep || !file.notice) await noteFile(file, { notice: call.notice });
      return null;
    default:
      throw new NotYourFile();
  }
}

type Upload = { name: VideoRenditionName; bytes: number };

function renditionOf({ name, bytes }: Upload): { name: string; type: string; bytes: number } {
  const { type, most } = VIDEO_RENDITIONS[name];
  if (bytes > most) throw new NotYourFile();
  return { name, type, bytes };
}

/** Numbers and lengths in bytes of the next parts, from the first requested one on. */
function partsFrom({ bytes, from }: { bytes: number; from: number }): { part: number; length: number }[] {
  const last = Math.min(Math.ceil(bytes / PART_BYTES), from + PARTS_A_CALL - 1);
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => {
    const part = from + index;
    return { part, length: Math.min(PART_BYTES, bytes - (part - 1) * PART_BYTES) };
  });
}
