/**
 * The states of a file, and all that follows from them. `reserved -> uploading -> stored -> ready`; or `cancelled` or
 * `removed` by the sender, `failed` when S3 holds something else, `infected` or `unscannable` where it is withheld: by the
 * scanner's word, or by hand. Whoever asks about a list of states asks here.
 */
export const FILE_STATES = [
  "reserved",
  "uploading",
  "stored",
  "ready",
  "infected",
  "unscannable",
  "cancelled",
  "failed",
  "removed",
] as const;
export type FileState = (typeof FILE_STATES)[number];

/** How a file stands with those who wait for it. */
export const FILE_STATUSES = ["coming", "checking", "ready", "blocked", "failed", "cancelled", "removed"] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/**
 * `previews`: who may see what was made of it for showing it. Guests see what they may have. Members also see what is
 * being checked, and what is withheld without a virus in it, because one of them decides whether it opens.
 */
type Facts = { status: FileStatus; previews: "everyone" | "members" | "nobody" };

const TABLE: Record<FileState, Facts> = {
  reserved: { status: "coming", previews: "nobody" },
  uploading: { status: "coming", previews: "nobody" },
  stored: { status: "checking", previews: "members" },
  ready: { status: "ready", previews: "everyone" },
  infected: { status: "blocked", previews: "nobody" },
  unscannable: { status: "blocked", previews: "members" },
  cancelled: { status: "cancelled", previews: "nobody" },
  failed: { status: "failed", previews: "nobody" },
  removed: { status: "removed", previews: "nobody" },
};

const known = new Map<string | undefined, Facts>(Object.entries(TABLE));

/** A state that is not known is never taken for a file that can be had. */
export const fileStatusOf = (state: string | undefined): FileStatus => known.get(state)?.status ?? "failed";

const hasStatus =
  (...some: FileStatus[]) =>
  (state: string | undefined): boolean =>
    some.includes(fileStatusOf(state));

/** Its bytes are still to come: its parts may be signed, and its upload be completed. */
export const isComing = hasStatus("coming");

/** All of its bytes have arrived and their checksum was compared, whatever was decided on it since. */
export const hasArrived = hasStatus("checking", "ready", "blocked");

/** The steps of a run work on it: it has arrived, and nothing has closed it. */
export const isInRun = hasStatus("checking", "ready");

/** It is withheld, or handed out: a person may decide otherwise. */
export const isDecided = hasStatus("ready", "blocked");

/** Withheld by the scanner's word, or by hand. */
export const isBlocked = hasStatus("blocked");

/** It was sent, and nobody gets it. */
export const isWithheld = hasStatus("blocked", "failed");

/** Recipients have got it or may still get it. */
export const isObtainable = hasStatus("coming", "checking", "ready");

/** Nobody gets it, and it is not shown as a part of the transfer. */
export const isGone = hasStatus("failed", "cancelled", "removed");

export const REMOVABLE_STATES = ["stored", "ready", "infected", "unscannable", "failed"] as const satisfies FileState[];
/** A state to which a file can come back that was taken out. */
export type RemovableState = (typeof REMOVABLE_STATES)[number];

/** It has arrived, or failed to: it can be taken out of its transfer. */
export const isRemovable = (state: string | undefined): state is RemovableState =>
  REMOVABLE_STATES.some((one) => one === state);

/** Members may see its previews. */
export const isSeenByMembers = (state: string | undefined): boolean =>
  (known.get(state)?.previews ?? "nobody") !== "nobody";

/** Everyone who may have it may see its previews. */
export const isSeenByGuests = (state: string | undefined): boolean => known.get(state)?.previews === "everyone";

/** The states of which something holds, for conditions of writes. */
export const statesWhere = (holds: (state: FileState) => boolean): FileState[] => FILE_STATES.filter(holds);
