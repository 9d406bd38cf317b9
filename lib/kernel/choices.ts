/** What people choose among, for the forms and the schemas that check them. */
import type { KeyScope } from "./ctx.ts";

/** Days that a sender may choose; the longest is the bucket's backstop. */
export const EXPIRY_DAYS = [1, 3, 7, 14, 30, 90] as const;
export const DEFAULT_EXPIRY_DAYS = 7;

/** Days for which a deleted transfer can be restored that owners may choose; 0 is not at all. */
export const TRASH_DAYS = [0, 1, 3, 7, 14, 30] as const;
export const DEFAULT_TRASH_DAYS = 7;
export const MAX_TRASH_DAYS = 30;

/** What programs that preview links are told of a transfer: nothing at all, who sends it, or its title as well. */
export const LINK_PREVIEWS = ["nothing", "sender", "title"] as const;
export type LinkPreview = (typeof LINK_PREVIEWS)[number];
/** A title may be a secret, and what is pasted into a chat is read by more than one; a name alone says whom to ask. */
export const DEFAULT_LINK_PREVIEW: LinkPreview = "sender";

/** Limits of downloads that a sender may choose; 0 is none. */
export const DOWNLOAD_LIMITS = [0, 1, 2, 3, 5, 10, 25, 100] as const;

/** What a limit can be set for: a file, a transfer, all transfers of a member, all of the workspace. */
export const LIMITED = ["file", "transfer", "member", "workspace"] as const;

/** When a file opens: after its scan, at once (and closed again if infected), or without any scan. */
export const SCAN_POLICIES = ["before", "after", "off"] as const;
export type ScanPolicy = (typeof SCAN_POLICIES)[number];

/** What happens with a file that can't be looked into: it opens with a mark, or stays closed until somebody opens it. */
export const UNSCANNABLE_POLICIES = ["deliver", "hold"] as const;
export type UnscannablePolicy = (typeof UNSCANNABLE_POLICIES)[number];

/** What each scope of a key lets a program do. */
export const SCOPE_LABELS: Record<KeyScope, string> = {
  "transfers:read": "See and download transfers",
  "transfers:write": "Send, change and delete transfers",
  "workspace:read": "See the workspace’s settings",
  "workspace:write": "Change the workspace’s settings",
  "webhooks:write": "See and change webhooks, and send to them",
};
