import { z } from "zod";
import type { FileKind } from "../kernel/file-kind.ts";
import type { FileState } from "../kernel/file-states.ts";
import { Ordinal, TransferId } from "./file-ref.schema.ts";

/** `confirmed`: the person knows that a virus was found in it. */
export const DecideFile = z.object({
  transferId: TransferId,
  ordinal: Ordinal,
  decision: z.enum(["open", "closed"]),
  confirmed: z.boolean().optional(),
});
export type DecideFile = z.infer<typeof DecideFile>;

/** A file of a transfer for pages. `path` is relative, with `/` between folders; `size` in bytes. */
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
  /** What its scan leaves open, in a few words, such as “not scanned: encrypted”. */
  scanMark?: string;
  renditions?: Rendition[];
  facts?: FileFacts;
  /** Milliseconds since 1970, by the sender's system. */
  lastModified?: number;
  /** Until when a removed file can be restored; absent when it can't be. */
  restorableUntil?: string;
  /** Its download limit is reached. */
  spent?: true;
  /** Until when this visitor may repeat a counted download. */
  taken?: string;
};

export const FileOfTransfer = z.object({
  id: TransferId,
  ordinal: Ordinal,
});
export type FileOfTransfer = z.infer<typeof FileOfTransfer>;

/** A rendition; `bytes` is its size, `width` and `height` are in pixels. */
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
