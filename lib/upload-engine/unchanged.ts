import { FileChanged } from "./errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { asFileChanged, type Hasher } from "./hasher.ts";

/** The only browser that reads a file which was written since it was picked, as far as it reached then, and says nothing. */
export const isFirefox = (): boolean => typeof navigator !== "undefined" && /\bFirefox\//.test(navigator.userAgent);

type Sent = { blob: Blob; path: string; fingerprint: string | undefined };

/**
 * Rejects with FileChanged where a file is not what it was when it was picked. Most browsers then refuse to read a single
 * byte. Where they don't, its end is looked for, and its samples are taken once more.
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
