import { z } from "zod";
import type { ErrorBody } from "../kernel/errors.ts";

/** The most files of one call. */
export const MAX_GRANTS = 50;

const MAX_ORDINAL = 9_999_999;

/** A file's ordinal; in a URL it is written in digits, in one way only. */
export const FileOrdinal = z.union([
  z.number().int().min(0).max(MAX_ORDINAL),
  z
    .string()
    .regex(/^(0|[1-9]\d{0,6})$/)
    .transform(Number),
]);

export const GrantDownloads = z.object({
  files: z
    .array(
      z.object({
        ordinal: FileOrdinal,
        /** The grant of an earlier call for this file: the download continues, and is not counted again. */
        grant: z.string().max(100).optional(),
      }),
    )
    .min(1)
    .max(MAX_GRANTS, `A call grants at most ${MAX_GRANTS} files.`),
});
export type GrantDownloads = z.infer<typeof GrantDownloads>;

export const GrantMemberDownloads = GrantDownloads.extend({ id: z.string() });

/** `from`: the first ordinal of the list. */
export const ListDownloads = z.object({ from: FileOrdinal.default(0) });
export const ListMemberDownloads = ListDownloads.extend({ id: z.string() });

/** A counted download. `crc64` is the CRC64NVME of the whole file in base64, `size` in bytes. */
export type GrantedFile = { ordinal: number; grant: string; signature: string; size: number; crc64?: string };
export type RefusedFile = { ordinal: number; error: ErrorBody };

/**
 * The URL of a file is `origin + prefix + ordinal + "?" + query + "&X-Amz-Signature=" + signature`, valid for
 * `expiresIn` seconds. What all URLs have in common is sent once.
 */
export type GrantsOutput = {
  origin: string;
  prefix: string;
  query: string;
  expiresIn: number;
  files: (GrantedFile | RefusedFile)[];
};

/** A file in a list for programs that download all files. `why`: a sentence why it can't be downloaded now. */
export type DownloadItem = { ordinal: number; path: string; size: number; lastModified?: number; why?: string };

/**
 * A part of that list. `next`: the ordinal of the next part; `end`: one more than the last ordinal of the whole list.
 */
export type DownloadList = { items: DownloadItem[]; next?: number; end: number };

export const PreviewName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}\.[a-z0-9]{1,5}$/);

/** Seconds for which a browser may reuse the redirect to a preview: less than the URL's lifetime. */
export const PREVIEW_MAX_AGE = 45;
