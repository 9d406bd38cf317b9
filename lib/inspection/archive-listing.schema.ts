/** Sizes are unpacked and in bytes, as the archive claims; where it does not say, there is none. */
export type ArchiveEntry = {
  path: string;
  size?: number;
  directory?: true;
  encrypted?: true;
  /** Its path would leave the folder that it is unpacked into. */
  unsafe?: true;
};

/** What `entries.json` holds. `total` counts the entries that are known of; `truncated`: the list has fewer. */
export type ArchiveListing = { entries: ArchiveEntry[]; total: number; truncated: boolean; note?: string };
