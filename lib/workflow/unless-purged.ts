import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import type { RunRef } from "./run.schema.ts";
import { RunNotFound } from "./workflow.errors.ts";

/**
 * Does work for a run, or returns `nothing` when its transfer is purged meanwhile. In that case any error of the work
 * is neither reported nor retried.
 */
export async function unlessPurged<T>(run: RunRef, nothing: NoInfer<T>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (await isPurged(run, error)) return nothing;
    throw error;
  }
}

/** Whether an error in the work for a run happened because its transfer is purged, or is being purged. */
export async function isPurged({ workspaceId, transferId }: Omit<RunRef, "wave">, error: unknown): Promise<boolean> {
  if (error instanceof RunNotFound) return true;
  // Rows and bytes are removed one after another; the transfer's header keeps the time of the purge for a month.
  const transfer = await findTransferRow(workspaceId, transferId, { consistent: true });
  return transfer?.purgedAt !== undefined;
}
