import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import type { RunRef } from "./run.schema.ts";
import { RunNotFound } from "./workflow.errors.ts";

/**
 * Does work for a run; `nothing` is what is answered when its transfer is deleted for good meanwhile. That is no fault,
 * whatever the work stumbled over then: it is neither told to anybody nor tried again.
 */
export async function unlessPurged<T>(run: RunRef, nothing: NoInfer<T>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (await isPurged(run, error)) return nothing;
    throw error;
  }
}

/** Whether what went wrong in the work for a run did so because its transfer is gone, or is just going. */
export async function isPurged({ workspaceId, transferId }: Omit<RunRef, "wave">, error: unknown): Promise<boolean> {
  if (error instanceof RunNotFound) return true;
  // Its rows and bytes go one after another; its header remembers for a month that they do.
  const transfer = await findTransferRow(workspaceId, transferId, { consistent: true });
  return transfer?.purgedAt !== undefined;
}
