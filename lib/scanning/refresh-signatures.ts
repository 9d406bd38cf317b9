import { createHash } from "node:crypto";
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { DeleteObjectsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { findProgram } from "#lib/programs/find-program.ts";
import { runProgram } from "#lib/programs/run-program.ts";
import { MAX_SCANNED_BYTES, SIGNATURES_MIB } from "./clamd-config.ts";
import { ScannerFailed } from "./scanning.errors.ts";
import { copyNewer, downloadSignatures, isDatabase, listSignatures, SYSTEM } from "./signatures.ts";

/** Where freshclam fetches from: ClamAV's mirrors, or files at addresses of one's own. */
export type SignatureSource = { mirror: string } | { urls: string[] };

const PUBLIC: SignatureSource = { mirror: "database.clamav.net" };
const MAX_MS = 20 * 60_000;

/**
 * Brings the bucket of signatures up to date: freshclam gets what the bucket holds, or what the machine came with where
 * that is newer, so that it fetches differences alone (ClamAV's servers refuse whole databases to public clouds), checks
 * their signature, and what is new is put into the bucket. Answers the names of that.
 */
export async function refreshSignatures(
  source: SignatureSource = PUBLIC,
  onSign: () => void = () => {},
  system = SYSTEM,
): Promise<string[]> {
  const program = findProgram("freshclam");
  if (!program) throw new ScannerFailed("There is no freshclam on this machine: install clamav.");
  const folder = mkdtempSync(join(tmpdir(), "dormouse-signatures-"));
  try {
    const database = join(folder, "database");
    mkdirSync(database);
    const stored = await listSignatures();
    await downloadSignatures(stored, database, onSign);
    const before = await digests(database);
    copyNewer(system, database, copyBytes);
    await freshclam(program, folder, database, source, onSign);
    const after = await digests(database);
    // Of one's own addresses anything but what freshclam notes for itself.
    const isWanted = "urls" in source ? (name: string) => name !== "freshclam.dat" : isDatabase;
    const changed = [...after.keys()].filter((name) => isWanted(name) && after.get(name) !== before.get(name));
    for (const name of changed) {
      const path = join(database, name);
      await s3().send(new PutObjectCommand({ Bucket: resources.signatures, Key: name, Body: await readFile(path) }));
    }
    // New ones first: whoever reads meanwhile finds both, and clamd takes the newer.
    const Objects = stored.filter(({ name }) => !after.has(name)).map(({ name }) => ({ Key: name }));
    if (Objects.length > 0) {
      await s3().send(new DeleteObjectsCommand({ Bucket: resources.signatures, Delete: { Objects, Quiet: true } }));
    }
    return changed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With the right to give files away, which a container has, `copyFile` leaves the copy to the owner of the original. */
const copyBytes = (path: string, as: string): void => writeFileSync(as, readFileSync(path));

async function digests(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder).filter((one) => statSync(join(folder, one)).isFile())) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
    found.set(name, hash.digest("hex"));
  }
  return found;
}

async function freshclam(
  program: string,
  folder: string,
  database: string,
  source: SignatureSource,
  onSign: () => void,
): Promise<void> {
  const config = join(folder, "freshclam.conf");
  const lines = [
    `DatabaseDirectory ${database}`,
    // As root it would become another user, who can't write here.
    `DatabaseOwner ${userInfo().username}`,
    "Foreground yes",
    "ConnectTimeout 30",
    "ReceiveTimeout 600",
    "TestDatabases yes",
    ...("urls" in source
      ? ["DatabaseMirror localhost", ...source.urls.map((url) => `DatabaseCustomURL ${url}`)]
      : [`DatabaseMirror ${source.mirror}`]),
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const words = ["--stdout", `--config-file=${config}`, ...("urls" in source ? ["--update-db=custom"] : [])];
  const { ended, output, errors } = await runProgram(program, words, {
    folder,
    network: true,
    // It has ClamAV's engine try what it has fetched.
    memoryMib: SIGNATURES_MIB,
    addressMib: 2 * SIGNATURES_MIB,
    fileBytes: MAX_SCANNED_BYTES,
    deadlineMs: MAX_MS,
    stillMs: MAX_MS,
    signal: new AbortController().signal,
    onSign,
  });
  if (ended !== "well") {
    throw new ScannerFailed("The signatures of the virus scanner could not be fetched.", `${output}${errors}`);
  }
}
