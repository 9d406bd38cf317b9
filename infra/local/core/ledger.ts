import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * One billable event that the local cloud served, independent of what the application meters for itself:
 * what the cost-and-usage report is on AWS. Units are named by the engine (bytes, readUnits, gbMilliseconds ...).
 */
export type LedgerEntry = {
  /** Its folder's name: `sqs`. */
  service: string;
  operation: string;
  resource?: string;
  units: Record<string, number>;
  /** How long the engine took, in milliseconds. */
  ms: number;
};

export type Ledger = (entry: LedgerEntry) => void;

/** Appends to `<dir>/<UTC date>.jsonl`, one line an event; lines are short, so that appends of several processes stay whole. */
export function openLedger(dir: string): Ledger {
  mkdirSync(dir, { recursive: true });
  return (entry) => {
    const at = new Date().toISOString();
    appendFileSync(join(dir, `${at.slice(0, 10)}.jsonl`), `${JSON.stringify({ at, ...entry })}\n`);
  };
}
