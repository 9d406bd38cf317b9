import { copyFileSync, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { type DatabaseHeader, readDatabaseHeader } from "./database-header.ts";

/**
 * The machine's own signatures: in the container, those that its image was built with; elsewhere, those that the
 * system's freshclam has fetched.
 */
export const SYSTEM = "/var/lib/clamav";
const DAY_MS = 24 * 3600 * 1000;
/** ClamAV makes new ones every day, and they are fetched every day: older ones are worth a warning. */
const OLD_DAYS = 4;

/** ClamAV's own databases, which `freshclam` fetches, without the files of other tools. */
const DATABASE = /^(main|daily|bytecode)\.(cvd|cld)$/;
export const isDatabase = (name: string): boolean => DATABASE.test(name);

export type StoredSignatures = { name: string; etag: string | undefined; modifiedAt: Date };

/** The signatures in the bucket. */
export async function listSignatures(): Promise<StoredSignatures[]> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: resources.signatures }));
  return Contents.flatMap(({ Key, ETag, LastModified }) =>
    Key && LastModified ? [{ name: Key, etag: ETag, modifiedAt: LastModified }] : [],
  );
}

/** Downloads them into a folder. */
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

/** Signatures with a signed URL each. */
export type SignedSignatures = { name: string; modifiedAt: string; url: string };

async function fetchSignatures(stored: SignedSignatures[], folder: string, onBytes: () => void): Promise<void> {
  for (const { name, url } of stored) {
    const { ok, status, body } = await fetch(url, { redirect: "error" });
    if (!ok || !body) throw new Error(`The signatures ${basename(name)} could not be fetched: ${status}.`);
    const bytes = Readable.from(body).on("data", onBytes);
    await pipeline(bytes, createWriteStream(join(folder, basename(name))));
  }
}

/** The signatures of a scanner: a sentence for people, with their age. */
export type Signatures = { found: boolean; says?: string };

/**
 * Puts signatures into a folder: those of the bucket, and of `system` where they are newer. DORMOUSE_TEST_SIGNATURES
 * names a file that is used in addition, so that a machine without signatures at least finds the test virus.
 */
export async function provideSignatures(
  folder: string,
  stored: SignedSignatures[],
  now: Date,
  onBytes: () => void = () => {},
  system = SYSTEM,
): Promise<Signatures> {
  mkdirSync(folder, { recursive: true });
  await fetchSignatures(stored, folder, onBytes);
  copyNewer(system, folder, symlinkSync);
  const found = readdirSync(folder).length > 0;
  const test = process.env.DORMOUSE_TEST_SIGNATURES;
  if (test) copyFileSync(test, join(folder, basename(test)));
  if (found) return { found, says: describeAge(folder, stored, now) };
  return test ? { found: true, says: "Scanned with test signatures alone." } : { found };
}

/** Copies those databases from one folder to another that are newer there or missing. */
export function copyNewer(from: string, to: string, take: (path: string, as: string) => void): void {
  for (const name of existsSync(from) ? readdirSync(from).filter(isDatabase) : []) {
    const theirs = readDatabaseHeader(join(from, name));
    const ours = databasesIn(to, kindOf(name));
    if (!theirs || ours.some(({ header }) => header.version >= theirs.version)) continue;
    for (const older of ours) rmSync(join(to, older.name));
    take(join(from, name), join(to, name));
  }
}

const kindOf = (name: string): string => basename(name, extname(name));

function databasesIn(folder: string, kind: string): { name: string; header: DatabaseHeader }[] {
  return readdirSync(folder)
    .filter((name) => isDatabase(name) && kindOf(name) === kind)
    .flatMap((name) => {
      const header = readDatabaseHeader(join(folder, name));
      return header ? [{ name, header }] : [];
    });
}

/** When ClamAV made the newest of them, whenever they were fetched; newer ones may exist. */
function describeAge(folder: string, stored: SignedSignatures[], now: Date): string {
  const daily = databasesIn(folder, "daily").map(({ header }) => header.builtAt.getTime());
  // For a file of somebody's own only the time of the file is known.
  const own = stored.filter(({ name }) => !isDatabase(name)).map(({ modifiedAt }) => Date.parse(modifiedAt));
  const built = daily.length > 0 ? daily : own;
  if (built.length === 0) return "Scanned with signatures of unknown age.";
  const days = Math.max(0, Math.floor((now.getTime() - Math.max(...built)) / DAY_MS));
  if (days >= OLD_DAYS) return `Scanned with signatures that are ${days} days old: newer ones could not be fetched.`;
  return `Scanned with signatures that are ${days === 0 ? "less than a day" : days === 1 ? "a day" : `${days} days`} old.`;
}
