import { type ArchiveLimits, archiveLimits } from "./limits.ts";
import type { ByteSource, Made, Options } from "./source.ts";
import { GRACE_SECONDS, inThread } from "./thread.ts";

/**
 * Lists what is in an archive as `entries.json`. Of a zip only the directory is read; a compressed tar is inflated and
 * thrown away as it comes; nothing is unpacked. Throws Unpreviewable where there is nothing to list.
 */
export async function listArchive(
  source: ByteSource,
  type: string,
  { limits: changed, signal }: Options<ArchiveLimits> = {},
): Promise<Made> {
  const limits = { ...archiveLimits, ...changed };
  const ends = { ...limits, seconds: limits.seconds + GRACE_SECONDS };
  const { pieces, stopped } = await inThread("archive", source, { ...limits, type }, "archive", ends, signal);
  const [found] = pieces;
  if (!found) throw stopped ?? new Error("The list has nothing and says nothing.");
  const { listing, complete } = found;
  const body = new TextEncoder().encode(JSON.stringify(listing));
  return {
    renditions: [{ name: "entries.json", type: "application/json", body }],
    facts: complete ? { entries: listing.total } : {},
    ...(listing.note ? { notice: listing.note } : {}),
  };
}
