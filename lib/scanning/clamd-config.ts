/** clamd's own configuration: generated for each task, so that nothing depends on how the machine is set up. */

const MIB = 1024 ** 2;

/** ClamAV maps a file with signed 32-bit lengths and takes no more than this, whatever its configuration says. */
export const MAX_SCANNED_BYTES = 2 ** 31 - 3;

/** ClamAV holds 1.2 GiB of signatures, and what it unpacks of the files that it scans. The container has 4096. */
export const SIGNATURES_MIB = 3328;

/** Files at a time; each lies in clamd's temporary folder while it is scanned. */
export const SCANS_AT_A_TIME = 3;

/**
 * After that long with what it was shown, unpacking included, the scanner says that its limit is exceeded: also for
 * those who have hung up, so that no thread is held by what nobody waits for. An archive is then shown entry by entry.
 */
export const MAX_SCAN_MS = 180_000;

/** The text of `clamd.conf`. `folder` is the task's own: for the socket and for what is unpacked. */
export function clamdConfig(folder: string, databases: string): string {
  const settings: Record<string, string | number> = {
    Foreground: "yes",
    LocalSocket: `${folder}/clamd.sock`,
    // The folder is closed to all but clamd's user and this process's group, and not always are they the same user.
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
    // Without it, what goes beyond a limit would pass for clean.
    AlertExceedsMax: "yes",
    // What can't be opened was not looked into.
    AlertEncrypted: "yes",
    HeuristicScanPrecedence: "no",
    DetectPUA: "no",
    AllowAllMatchScan: "no",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}
