import { ScannerFailed } from "./scanning.errors.ts";

/**
 * The result of a file's scan. `inParts`: it was scanned in several windows, or entry by entry. `why` continues “not
 * scanned: ”.
 */
export type Verdict =
  | { scan: "clean"; inParts?: true }
  | { scan: "infected"; threat: string; reason: string }
  | { scan: "unscannable"; why: string };

/** clamd's answer about bytes; `unseen` if our own readers may see more. */
export type Answer = Exclude<Verdict, { scan: "unscannable" }> | { scan: "unseen"; why: string };

const LIMIT = "Heuristics.Limits.Exceeded";
const LIMITS: Record<string, string> = {
  MaxFileSize: "it holds a file that is too large",
  MaxScanSize: "it unpacks to more than can be scanned",
  MaxScanTime: "it would take too long",
  MaxFiles: "it holds too many files",
  MaxRecursion: "it is nested too deeply",
};

/** Why a file was not scanned, for people. */
export const WHY = {
  encrypted: "encrypted",
  packed: "it is packed in a way that the virus scanner can't open",
  unreadable: "the virus scanner could not read it",
  beyond: "it goes beyond what the virus scanner can look through",
  broke: "the virus scanner broke down over it, twice",
  slow: "it would take too long",
  many: "it holds too many files",
  deep: "it is nested too deeply",
  bomb: "it unpacks to far more than it should, as zip bombs do",
  large: "it is too large to be opened",
  nestedLarge: "it holds an archive that is too large",
  damaged: "it is damaged, or not all of it is there",
  unlisted: "it holds something that its list of content does not name",
} as const;

export const unscannable = (why: string): Verdict => ({ scan: "unscannable", why });

/**
 * Reads clamd's answer to INSTREAM: `stream: OK`, `stream: <threat> FOUND`, or `<words> ERROR`. Throws ScannerFailed
 * when the error is about the scanner itself and not about the file.
 */
export function readAnswer(answer: string): Answer {
  if (answer === "stream: OK") return { scan: "clean" };
  const found = /^stream: (.+) FOUND$/.exec(answer)?.[1];
  if (found?.startsWith(LIMIT)) return unseen(LIMITS[found.slice(LIMIT.length + 1)] ?? WHY.beyond);
  if (found?.startsWith("Heuristics.Unseen.")) return unseen(WHY.packed);
  if (found?.startsWith("Heuristics.Encrypted.")) return unseen(WHY.encrypted);
  if (found) {
    // Signatures that are not ClamAV's own have this suffix, which would confuse people.
    const threat = found.replace(/\.UNOFFICIAL$/, "");
    return { scan: "infected", threat, reason: `A virus was found in this file: ${threat}.` };
  }
  if (/size limit exceeded/i.test(answer)) return unseen(WHY.large);
  if (/temporary|tempfile|no space|write/i.test(answer)) {
    throw new ScannerFailed("The virus scanner has no room left for temporary files.", answer);
  }
  return unseen(WHY.unreadable);
}

const unseen = (why: string): Answer => ({ scan: "unseen", why });
