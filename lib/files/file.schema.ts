import { z } from "zod";
import type { FileKind } from "../kernel/file-kind.ts";
import type { FileState } from "../kernel/file-states.ts";
import { Ordinal, TransferId } from "./file-ref.schema.ts";

/** `confirmed`: that a virus was found in it is known to who opens it. */
export const DecideFile = z.object({
  transferId: TransferId,
  ordinal: Ordinal,
  decision: z.enum(["open", "closed"]),
  confirmed: z.boolean().optional(),
});
export type DecideFile = z.infer<typeof DecideFile>;

/** A file of a transfer as pages see it. `path` is relative, with `/` between folders; `size` in bytes. */
export type FileView = {
  ordinal: number;
  path: string;
  size: number;
  type: string;
  state: FileState;
  kind?: FileKind;
  /** By its first bytes. */
  detectedType?: string;
  /** Why it is blocked, has failed or has no preview. */
  notice?: string;
  /** What its virus scan leaves open, in a few words, such as “not scanned: encrypted”. */
  scanMark?: string;
  renditions?: Rendition[];
  facts?: FileFacts;
  /** Milliseconds since 1970, as the sender's system had it. */
  lastModified?: number;
  /** Until when one that was taken out can be put back; absent when it can't be. */
  restorableUntil?: string;
  /** It has been downloaded as often as the sender allows. */
  spent?: true;
  /** This visitor has begun a download that was counted, and may try it again until then. */
  taken?: string;
};

export const FileOfTransfer = z.object({
  id: TransferId,
  ordinal: Ordinal,
});
export type FileOfTransfer = z.infer<typeof FileOfTransfer>;

/** What was made of a file for showing it; `bytes` its size, `width` and `height` in pixels. */
export type Rendition = {
  name: string;
  type: string;
  bytes: number;
  width?: number | undefined;
  height?: number | undefined;
};

export type FileFacts = Partial<Record<"width" | "height" | "seconds" | "pages" | "entries", number | undefined>>;

/** A page of a list: `cursor` is opaque and absent on the last page. */
export type Page<T> = { items: T[]; cursor?: string };
