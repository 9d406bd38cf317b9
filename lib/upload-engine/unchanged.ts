import { FileChanged } from "./errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { asFileChanged, type Hasher } from "./hasher.ts";

/**
 * The only browser that reads a file that was changed since it was picked, up to its old length, without reporting it.
 */
export const isFirefox = (): boolean => typeof navigator !== "undefined" && /\bFirefox\//.test(navigator.userAgent);

type Sent = { blob: Blob; path: string; fingerprint: string | undefined };

/**
 * Rejects with FileChanged if a file has changed since it was picked. Most browsers then refuse to read a single byte.
 * In the others the file is read to its end, and its samples are taken again.
 */
export async function requireUnchanged(
  { hasher, changesAreSilent }: { hasher: Hasher; changesAreSilent: boolean },
  { blob, path, fingerprint }: Sent,
): Promise<void> {
  try {
    await blob.slice(0, 1).arrayBuffer();
  } catch (error) {
    throw asFileChanged(error, path);
  }
  if (!changesAreSilent) return;
  await hasher.checkLength(blob, path);
  if (fingerprint !== undefined && (await fingerprintOf(hasher, blob, path)) !== fingerprint)
    throw new FileChanged(path);
}
