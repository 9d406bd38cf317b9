import { LARGEST_FILE } from "./clamd-config.ts";
import { ScannerFailed } from "./scanning.errors.ts";

/** What is known of a file after its scan; `reason` is one sentence for people. */
export type Verdict =
  | { scan: "clean" }
  | { scan: "infected"; threat: string; reason: string }
  | { scan: "unscannable"; reason: string };

const LIMIT = "Heuristics.Limits.Exceeded";
const LIMITS: Record<string, string> = {
  MaxFileSize: "This archive holds a file that is too large to be scanned for viruses.",
  MaxScanSize: "This archive unpacks to more than can be scanned for viruses.",
  MaxScanTime: "Scanning this file for viruses would take too long.",
  MaxFiles: "This archive holds too many files to be scanned for viruses.",
  MaxRecursion: "This archive is nested too deeply to be scanned for viruses.",
};
const OTHER_LIMIT = "This file goes beyond what the virus scanner can look through.";

const unscannable = (reason: string): Verdict => ({ scan: "unscannable", reason });

export const TOO_LARGE: Verdict = unscannable("This file can't be scanned for viruses: it has about 2 GiB or more.");
export const GONE: Verdict = unscannable("This file can't be scanned for viruses: it is no longer in storage.");
export const SCANNER_BROKE: Verdict = unscannable("The virus scanner broke down over this file, twice.");

/** Whether a file of that size need not be shown to the scanner at all. */
export const isTooLarge = (size: number): boolean => size > LARGEST_FILE;

/**
 * clamd's answer to INSTREAM: `stream: OK`, `stream: <threat> FOUND`, or `<words> ERROR`. Throws ScannerFailed where
 * the words are about the scanner's own trouble and not about the file.
 */
export function readVerdict(answer: string): Verdict {
  if (answer === "stream: OK") return { scan: "clean" };
  const found = /^stream: (.+) FOUND$/.exec(answer)?.[1];
  if (found?.startsWith(LIMIT)) return unscannable(LIMITS[found.slice(LIMIT.length + 1)] ?? OTHER_LIMIT);
  if (found) {
    // Of signatures that are not ClamAV's own; the word would puzzle people.
    const threat = found.replace(/\.UNOFFICIAL$/, "");
    return { scan: "infected", threat, reason: `A virus was found in this file: ${threat}.` };
  }
  if (/size limit exceeded/i.test(answer)) return TOO_LARGE;
  if (/temporary|tempfile|no space|write/i.test(answer)) {
    throw new ScannerFailed("The virus scanner has no room left for temporary files.", answer);
  }
  return unscannable("The virus scanner could not read this file.");
}
