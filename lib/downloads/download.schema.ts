import { z } from "zod";
import type { ErrorBody } from "../kernel/errors.ts";

/** Files that one call grants at most. */
export const MAX_GRANTS = 50;

const MAX_ORDINAL = 9_999_999;

/** A file's number within its transfer; in a URL it is written in digits, and in no other way. */
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
        /** What an earlier call gave for this file: its download goes on, and is not counted again. */
        grant: z.string().max(100).optional(),
      }),
    )
    .min(1)
    .max(MAX_GRANTS, `A call grants at most ${MAX_GRANTS} files.`),
});
export type GrantDownloads = z.infer<typeof GrantDownloads>;

export const GrantMemberDownloads = GrantDownloads.extend({ id: z.string() });

/** `from`: the ordinal with which a list begins. */
export const ListDownloads = z.object({ from: FileOrdinal.default(0) });
export const ListMemberDownloads = ListDownloads.extend({ id: z.string() });

/** A download that was counted: `crc64` is the CRC64NVME of the whole in base64, `size` in bytes. */
export type GrantedFile = { ordinal: number; grant: string; signature: string; size: number; crc64?: string };
export type RefusedFile = { ordinal: number; error: ErrorBody };

/**
 * The URL of a file is `origin + prefix + ordinal + "?" + query + "&X-Amz-Signature=" + signature`, for `expiresIn`
 * seconds: what is common to all is sent once.
 */
export type GrantsOutput = {
  origin: string;
  prefix: string;
  query: string;
  expiresIn: number;
  files: (GrantedFile | RefusedFile)[];
};

/** A file of a list for programs that take all; `why`: it can't be had now, in a sentence. */
export type DownloadItem = { ordinal: number; path: string; size: number; lastModified?: number; why?: string };

/** A part of that list. `next`: where the following part begins; `end`: the ordinal before which all of them end. */
export type DownloadList = { items: DownloadItem[]; next?: number; end: number };

export const PreviewName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}\.[a-z0-9]{1,5}$/);

/** Seconds for which a browser may reuse the redirect to a preview: less than its URL lives. */
export const PREVIEW_MAX_AGE = 45;
