import { z } from "zod";

/** `reserved -> uploading -> stored`, or `cancelled` by the sender, `failed` when S3 holds something else. */
export const FileState = z.enum(["reserved", "uploading", "stored", "cancelled", "failed"]);
export type FileState = z.infer<typeof FileState>;

/** A file of a transfer as pages see it. `path` is relative, with `/` between folders; `size` in bytes. */
export type FileView = {
  ordinal: number;
  path: string;
  size: number;
  type: string;
  state: FileState;
};

/** A page of a list: `cursor` is opaque and absent on the last page. */
export type Page<T> = { items: T[]; cursor?: string };
