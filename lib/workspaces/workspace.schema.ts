import { z } from "zod";
import {
  EXPIRY_DAYS,
  LIMITED,
  LINK_PREVIEWS,
  type LinkPreview,
  MAX_TRASH_DAYS,
  SCAN_POLICIES,
  type ScanPolicy,
  UNSCANNABLE_POLICIES,
  type UnscannablePolicy,
} from "#lib/kernel/choices.ts";

const Bytes = z.number().int("A limit is a whole number of bytes.").positive("A limit is at least one byte.");

/** What may be reserved, in bytes; where nothing is said there is no limit. */
export const Limits = z.partialRecord(z.enum(LIMITED), Bytes);
export type Limits = z.infer<typeof Limits>;

/** `unscannable` stays as it is where nothing is said. */
export const SetScanPolicy = z.object({
  policy: z.enum(SCAN_POLICIES),
  unscannable: z.enum(UNSCANNABLE_POLICIES).optional(),
});
export type SetScanPolicy = z.infer<typeof SetScanPolicy>;

/** Days for which what was deleted can be restored. */
export const SetTrashPeriod = z.object({
  days: z
    .number("The time in the trash is a number of days.")
    .int("The time in the trash is a whole number of days.")
    .min(0, "The time in the trash can't be below 0 days.")
    .max(MAX_TRASH_DAYS, `The time in the trash is at most ${MAX_TRASH_DAYS} days.`),
});
export type SetTrashPeriod = z.infer<typeof SetTrashPeriod>;

/** What a workspace is called, and what its senders need not say each time. */
export const EditWorkspace = z.object({
  name: z.string().trim().min(1, "A workspace has a name.").max(100, "A name has at most 100 characters."),
  expiryDays: z.literal(EXPIRY_DAYS, "Choose one of the days that the list has."),
  linkPreview: z.enum(LINK_PREVIEWS),
});
export type EditWorkspace = z.infer<typeof EditWorkspace>;

export type WorkspaceView = {
  id: string;
  name: string;
  limits: Limits;
  /** When files open; after their scan where nothing is said. */
  scanPolicy?: ScanPolicy;
  /** Days for which what was deleted can be restored; `DEFAULT_TRASH_DAYS` where nothing is said. */
  trashDays?: number;
  /** What happens with files that can't be scanned; they are delivered where nothing is said. */
  unscannable?: UnscannablePolicy;
  /** Days after which transfers end where their sender says nothing. */
  expiryDays: number;
  /** What previews of its links say. */
  linkPreview: LinkPreview;
};
