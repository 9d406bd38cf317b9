/**
 * Our own signatures make clamd report what it can't open, at any depth: otherwise it reports a zip as clean whose
 * sizes are in zip64 fields, or whose entries have an unknown compression method. Names that begin with `Heuristics.`
 * are reported only if nothing worse was found, so a virus beside them is still found.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Compression methods of zip that clamd can't read: LZMA, Zstandard, XZ, PPMd and those from before Deflate. */
const METHODS = "(0100|0200|0300|0400|0500|0a00|0e00|1200|1300|5d00|5e00|5f00|6000|6100|6200)";

const SIGNATURES: [name: string, offset: string, bytes: string][] = [
  // A local header: for zip64, or with its sizes elsewhere, or with an unknown method.
  ["Unseen.Zip", "*", "504b03042d00"],
  ["Unseen.Zip", "*", "504b0304{14}ffffffff"],
  ["Unseen.Zip", "*", "504b0304{18}ffffffff"],
  ["Unseen.Zip", "*", `504b0304{4}${METHODS}`],
  // The same in the directory, and the mark of a zip64 directory.
  ["Unseen.Zip", "*", "504b0102{16}ffffffff"],
  ["Unseen.Zip", "*", "504b0102{20}ffffffff"],
  ["Unseen.Zip", "*", "504b0102{38}ffffffff"],
  ["Unseen.Zip", "*", `504b0102{6}${METHODS}`],
  ["Unseen.Zip", "*", "504b0607{16}504b0506"],
  // Files that begin like Zstandard, LZ4, lzip and lrzip files.
  ["Unseen.Packed", "0", "28b52ffd"],
  ["Unseen.Packed", "0", "04224d18"],
  ["Unseen.Packed", "0", "4c5a495001"],
  ["Unseen.Packed", "0", "4c525a4900"],
  // Files that begin like age, OpenSSL, LUKS and armoured OpenPGP files.
  ["Encrypted.File", "0", "6167652d656e6372797074696f6e2e6f72672f7631"],
  ["Encrypted.File", "0", "53616c7465645f5f"],
  ["Encrypted.File", "0", "4c554b53babe"],
  ["Encrypted.File", "0", "2d2d2d2d2d424547494e20504750204d4553534147452d2d2d2d2d"],
];

/** Writes them into a folder with a scanner's signatures. */
export function writeOwnSignatures(folder: string): void {
  const lines = SIGNATURES.map(([name, offset, bytes], index) => `Heuristics.${name}.${index}:0:${offset}:${bytes}\n`);
  writeFileSync(join(folder, "dormouse-marks.ndb"), lines.join(""));
}
