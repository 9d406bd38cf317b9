import { z } from "zod";
import { Recipients } from "../deliveries/address.schema.ts";
import type { FileView, Page } from "../files/file.schema.ts";
import { TransferId } from "../files/file-ref.schema.ts";
import type { FileNumbers } from "../kernel/file-numbers.ts";
import type { TransferStatus } from "../kernel/transfer-status.ts";

/** As stored; `expired` is derived at every read from `expiresAt`. */
export const TransferState = z.enum(["draft", "uploading", "sealed", "ready", "expired", "deleted"]);
export type TransferState = z.infer<typeof TransferState>;

const ExpiryDays = z
  .number()
  .int()
  .min(1, "A transfer lives for at least a day.")
  .max(90, "A transfer lives for at most 90 days.");

const Title = z.string().trim().max(200, "A title has at most 200 characters.");
const Message = z.string().trim().max(5000, "A message has at most 5,000 characters.");

/** How often each file may be downloaded; 0 is as often as anyone likes. */
const DownloadLimit = z
  .number("A download limit is a number.")
  .int("A download limit is a whole number.")
  .min(0, "A download limit can't be below 0.")
  .max(10_000, "A download limit is at most 10,000.");

export const CreateTransfer = z.object({
  title: Title.default(""),
  message: Message.default(""),
  /** As the workspace has it where nothing is said. */
  expiryDays: ExpiryDays.optional(),
  downloadLimit: DownloadLimit.default(0),
  /** Who is mailed a link of their own once all is sent and checked. */
  recipients: Recipients.default([]),
});
export type CreateTransfer = z.input<typeof CreateTransfer>;

export const EditTransfer = z.object({
  id: TransferId,
  title: Title,
  message: Message,
  /** Left as it is where nothing is said. */
  downloadLimit: DownloadLimit.optional(),
});
export type EditTransfer = z.infer<typeof EditTransfer>;

/** The transfer then ends `expiryDays` from now. */
export const ExtendTransfer = z.object({ id: TransferId, expiryDays: ExpiryDays });
export type ExtendTransfer = z.infer<typeof ExtendTransfer>;

export const TransferRef = z.object({ id: TransferId });
export type TransferRef = z.infer<typeof TransferRef>;

/** A transfer as signed-in people see it. Times are ISO 8601 in UTC; `fileCount` and `bytes` of all it is meant to have. */
export type TransferView = {
  id: string;
  title: string;
  /** Its title, or what it is called without one. */
  name: string;
  message: string;
  state: TransferState;
  /** How it stands, by its state and its files. */
  status: TransferStatus;
  numbers: FileNumbers;
  fileCount: number;
  bytes: number;
  createdAt: string;
  expiresAt: string;
  deletedAt?: string;
  /** Until when a deleted transfer can be restored; absent when it can't be. */
  restorableUntil?: string;
  /** True once a deleted transfer's bytes are gone: then it can't be restored. */
  purged: boolean;
  sender: { id: string; name: string };
  /** Who is named as a recipient, and of them who has downloaded something. */
  recipients: { named: number; collected: number };
  /** Path of the guests' page, `/t/<token>`. */
  link: string;
  /** How often each file may be downloaded, where the sender has set that. */
  downloadLimit?: number;
  /** The first picture of its files that may be seen, by its file and the name of the rendition. */
  picture?: { ordinal: number; name: string };
};

/** A transfer as a guest sees it through its link. */
export type GuestTransferView = {
  title: string;
  /** Its title, or what it is called without one. */
  name: string;
  message: string;
  senderName: string;
  workspaceName: string;
  /** Whose personal link it is, by name; absent where none is known. */
  recipientName?: string;
  expiresAt: string;
  /** Files that can be had, or will be, and the sum of their sizes. */
  fileCount: number;
  bytes: number;
  /** Of these the ones that are still on their way or being checked. */
  pending: number;
  /** Files that were sent and can't be had. */
  withheld: number;
  /** How many can't be had and why, in a sentence, where there are some. */
  withheldInWords?: string;
  /** False while the sender is still uploading: more files may come. */
  complete: boolean;
  /** How often each file may be downloaded, where the sender has set that. */
  downloadLimit?: number;
  files: Page<FileView>;
};
