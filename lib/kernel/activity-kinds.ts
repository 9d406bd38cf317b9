/** What an entry of the activity is about. */
export const ACTIVITY_KINDS = [
  "mailed",
  "opened",
  "downloaded",
  "bounced",
  "warned",
  "removed",
  "restored",
  "released",
  "closed",
  "renewed",
  "revoked",
] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];
