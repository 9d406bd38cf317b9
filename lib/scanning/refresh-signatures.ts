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

/** Where freshclam fetches from: ClamAV's mirrors, or files at the given URLs. */
export type SignatureSource = { mirror: string } | { urls: string[] };

const PUBLIC: SignatureSource = { mirror: "database.clamav.net" };
const MAX_MS = 20 * 60_000;

/**
 * Updates the bucket of signatures. freshclam starts with the bucket's databases, or the machine's where they are
 * newer, so that it fetches only differences (ClamAV's servers refuse whole databases to public clouds), and checks
 * their signature. New files are put into the bucket. Returns their names.
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
    // For the given URLs every file except freshclam's own.
    const isWanted = "urls" in source ? (name: string) => name !== "freshclam.dat" : isDatabase;
    const changed = [...after.keys()].filter((name) => isWanted(name) && after.get(name) !== before.get(name));
    for (const name of changed) {
      const path = join(database, name);
      await s3().send(new PutObjectCommand({ Bucket: resources.signatures, Key: name, Body: await readFile(path) }));
    }
    // New files are written before old ones are deleted: a reader in between finds both, and clamd uses the newer one.
    const Objects = stored.filter(({ name }) => !after.has(name)).map(({ name }) => ({ Key: name }));
    if (Objects.length > 0) {
      await s3().send(new DeleteObjectsCommand({ Bucket: resources.signatures, Delete: { Objects, Quiet: true } }));
    }
    return changed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A process that may change owners, as in a container, would let `copyFile` keep the original's owner. */
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
    // As root it would change to another user, who can't write here.
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
    // It lets ClamAV's engine test what it has fetched.
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
