import { z } from "zod";
import { Recipients } from "../deliveries/address.schema.ts";
import type { FileView, Page } from "../files/file.schema.ts";
import { TransferId } from "../files/file-ref.schema.ts";
import type { FileNumbers } from "../kernel/file-numbers.ts";
import type { TransferStatus } from "../kernel/transfer-status.ts";

/** As stored; `expired` is derived from `expiresAt` at every read. */
export const TransferState = z.enum(["draft", "uploading", "sealed", "ready", "expired", "deleted"]);
export type TransferState = z.infer<typeof TransferState>;

const ExpiryDays = z
  .number()
  .int()
  .min(1, "A transfer lives for at least a day.")
  .max(90, "A transfer lives for at most 90 days.");

const Title = z.string().trim().max(200, "A title has at most 200 characters.");
const Message = z.string().trim().max(5000, "A message has at most 5,000 characters.");

/** How often each file may be downloaded; 0 for any number. */
const DownloadLimit = z
  .number("A download limit is a number.")
  .int("A download limit is a whole number.")
  .min(0, "A download limit can't be below 0.")
  .max(10_000, "A download limit is at most 10,000.");

export const CreateTransfer = z.object({
  title: Title.default(""),
  message: Message.default(""),
  /** The workspace's setting if absent. */
  expiryDays: ExpiryDays.optional(),
  downloadLimit: DownloadLimit.default(0),
  /** Recipients, each of whom is mailed a link of their own once all files are sent and checked. */
  recipients: Recipients.default([]),
});
export type CreateTransfer = z.input<typeof CreateTransfer>;

export const EditTransfer = z.object({
  id: TransferId,
  title: Title,
  message: Message,
  /** Unchanged if absent. */
  downloadLimit: DownloadLimit.optional(),
});
export type EditTransfer = z.infer<typeof EditTransfer>;

/** The transfer then ends `expiryDays` from now. */
export const ExtendTransfer = z.object({ id: TransferId, expiryDays: ExpiryDays });
export type ExtendTransfer = z.infer<typeof ExtendTransfer>;

export const TransferRef = z.object({ id: TransferId });
export type TransferRef = z.infer<typeof TransferRef>;

/**
 * A transfer for members. Times are ISO 8601 in UTC. `fileCount` and `bytes` count all files that it is meant to have.
 */
export type TransferView = {
  id: string;
  title: string;
  /** Its title, or a name made of its files if it has none. */
  name: string;
  message: string;
  state: TransferState;
  /** Its status, by its state and its files. */
  status: TransferStatus;
  numbers: FileNumbers;
  fileCount: number;
  bytes: number;
  createdAt: string;
  expiresAt: string;
  deletedAt?: string;
  /** Until when a deleted transfer can be restored; absent when it can't be. */
  restorableUntil?: string;
  /** True once a deleted transfer was purged: then it can't be restored. */
  purged: boolean;
  sender: { id: string; name: string };
  /** Number of named recipients, and of those who have downloaded something. */
  recipients: { named: number; collected: number };
  /** Path of the guest page, `/t/<token>`. */
  link: string;
  /** How often each file may be downloaded; absent if the sender has set no limit. */
  downloadLimit?: number;
  /** The first visible picture of its files: the file and the name of the rendition. */
  picture?: { ordinal: number; name: string };
};

/** A transfer as a guest sees it through its link. */
export type GuestTransferView = {
  title: string;
  /** Its title, or a name made of its files if it has none. */
  name: string;
  message: string;
  senderName: string;
  workspaceName: string;
  /** The name of the recipient whose personal link it is; absent for the transfer's own link. */
  recipientName?: string;
  expiresAt: string;
  /** Files that can be downloaded now or later, and the sum of their sizes. */
  fileCount: number;
  bytes: number;
  /** Those of them that are not sent or not checked yet. */
  pending: number;
  /** Files that were sent and can't be downloaded. */
  withheld: number;
  /** How many can't be downloaded and why, in a sentence; absent if there are none. */
  withheldInWords?: string;
  /** False while the sender is still uploading: more files may come. */
  complete: boolean;
  /** How often each file may be downloaded; absent if the sender has set no limit. */
  downloadLimit?: number;
  files: Page<FileView>;
};
