import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * One billable event that the local cloud served, independent of what the application meters itself. The ledger stands
 * for AWS's cost and usage report. Each engine names its units (bytes, readUnits, gbMilliseconds ...).
 */
export type LedgerEntry = {
  /** The service, by the name of its folder: `sqs`. */
  service: string;
  operation: string;
  resource?: string;
  units: Record<string, number>;
  /** How long the engine took, in milliseconds. */
  ms: number;
};

export type Ledger = (entry: LedgerEntry) => void;

/**
 * Appends to `<dir>/<UTC date>.jsonl`, one line per event. Lines are short, so that appends of several processes are
 * not mixed.
 */
export function openLedger(dir: string): Ledger {
  mkdirSync(dir, { recursive: true });
  return (entry) => {
    const at = new Date().toISOString();
    appendFileSync(join(dir, `${at.slice(0, 10)}.jsonl`), `${JSON.stringify({ at, ...entry })}\n`);
  };
}
