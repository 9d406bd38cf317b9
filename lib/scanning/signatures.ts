import { copyFileSync, createWriteStream, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";

/** Where the system's own freshclam keeps what it fetched. */
const SYSTEM = "/var/lib/clamav";
/** Older ones are worth a word: they are fetched every day. */
const OLD_MS = 4 * 24 * 3600 * 1000;

/** ClamAV's own database: what `freshclam` fetches, without what other tools put beside it. */
const DATABASE = /^(main|daily|bytecode)\.(cvd|cld)$/;
export const isDatabase = (name: string): boolean => DATABASE.test(name);

export type StoredSignatures = { name: string; etag: string | undefined; modifiedAt: Date };

/** What the bucket of signatures holds. */
export async function listSignatures(): Promise<StoredSignatures[]> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: resources.signatures }));
  return Contents.flatMap(({ Key, ETag, LastModified }) =>
    Key && LastModified ? [{ name: Key, etag: ETag, modifiedAt: LastModified }] : [],
  );
}

/** Brings them into a folder. */
export async function downloadSignatures(
  stored: StoredSignatures[],
  folder: string,
  onBytes: () => void = () => {},
): Promise<void> {
  for (const { name } of stored) {
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: resources.signatures, Key: name }));
    if (!(Body instanceof Readable)) throw new Error("S3 answered without a body.");
    Body.on("data", onBytes);
    await pipeline(Body, createWriteStream(join(folder, basename(name))));
  }
}

/** What a scanner was given to go by; `warning` is a sentence for people where that is less than it should be. */
export type Signatures = { found: boolean; warning?: string };

/**
 * Puts signatures into a folder: those of the bucket; else the system's own. DORMOUSE_TEST_SIGNATURES names a file
 * that is used besides, so that a machine without any finds the test virus at least.
 */
export async function provideSignatures(folder: string, now: Date, onBytes?: () => void): Promise<Signatures> {
  mkdirSync(folder, { recursive: true });
  const test = process.env.DORMOUSE_TEST_SIGNATURES;
  if (test) copyFileSync(test, join(folder, basename(test)));
  const stored = await listSignatures();
  if (stored.length > 0) {
    await downloadSignatures(stored, folder, onBytes);
    const newest = Math.max(...stored.map(({ modifiedAt }) => modifiedAt.getTime()));
    const days = Math.floor((now.getTime() - newest) / (24 * 3600 * 1000));
    return now.getTime() - newest > OLD_MS
      ? { found: true, warning: `Scanned with signatures that are ${days} days old.` }
      : { found: true };
  }
  const own = existsSync(SYSTEM) ? readdirSync(SYSTEM).filter(isDatabase) : [];
  for (const name of own) symlinkSync(join(SYSTEM, name), join(folder, name));
  if (own.length > 0) return { found: true };
  return test ? { found: true, warning: "Scanned with test signatures alone." } : { found: false };
}
