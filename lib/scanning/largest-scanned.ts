import type { ScanPolicy } from "#lib/workflow/run.schema.ts";
import { LARGEST_FILE } from "./clamd-config.ts";

/** Bytes of the largest file that opens; a larger one can't be scanned, and stays closed. Undefined where none is kept back. */
export function largestScanned(policy: ScanPolicy = "before"): number | undefined {
  return policy === "off" || process.env.DORMOUSE_UNSCANNED === "deliver" ? undefined : LARGEST_FILE;
}
