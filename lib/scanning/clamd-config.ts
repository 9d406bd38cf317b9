/** clamd's configuration, generated for each task, so that nothing depends on the machine's setup. */

const MIB = 1024 ** 2;

/** ClamAV maps a file with signed 32-bit lengths and accepts no larger ones, whatever its configuration says. */
export const MAX_SCANNED_BYTES = 2 ** 31 - 3;

/**
 * Memory of ClamAV for its signatures: 1.2 GiB, besides what it unpacks of scanned files. The container has 4096 MiB.
 */
export const SIGNATURES_MIB = 3328;

/** Files at a time; each is in clamd's temporary folder while it is scanned. */
export const SCANS_AT_A_TIME = 3;

/**
 * After this long with one file, including unpacking, clamd reports an exceeded limit. It also stops then for clients
 * that have hung up, so that no thread is blocked. An archive is then scanned entry by entry.
 */
export const MAX_SCAN_MS = 180_000;

/** The text of `clamd.conf`. `folder` is the task's own, for the socket and for unpacked files. */
export function clamdConfig(folder: string, databases: string): string {
  const settings: Record<string, string | number> = {
    Foreground: "yes",
    LocalSocket: `${folder}/clamd.sock`,
    // Only clamd's user and this process's group can enter the folder, and they are not always the same user.
    LocalSocketMode: 660,
    TemporaryDirectory: folder,
    DatabaseDirectory: databases,
    // Its database is the task's own copy, which nobody changes.
    SelfCheck: 0,
    MaxThreads: SCANS_AT_A_TIME + 1,
    ExitOnOOM: "yes",
    StreamMaxLength: MAX_SCANNED_BYTES,
    MaxFileSize: MAX_SCANNED_BYTES,
    MaxScanSize: 4096 * MIB - 1,
    MaxScanTime: MAX_SCAN_MS,
    MaxRecursion: 20,
    MaxFiles: 100_000,
    // Without it, a file beyond a limit would be reported as clean.
    AlertExceedsMax: "yes",
    // A file that can't be opened was not scanned.
    AlertEncrypted: "yes",
    HeuristicScanPrecedence: "no",
    DetectPUA: "no",
    AllowAllMatchScan: "no",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}
