import { db } from "#lib/db/service.ts";
import { noFiles } from "#lib/kernel/file-numbers.ts";
import { FILE_STATUSES, type FileStatus } from "#lib/kernel/file-states.ts";
import type { RunRow } from "#lib/workflow/run.store.ts";
import type { StepRow } from "#lib/workflow/step.store.ts";

type Of = { workspaceId: string; transferId: string };

/** Writes a run's row; by default a running run of a single file. */
export async function putRun(of: Of, run: Partial<RunRow> & { startedAt: string }): Promise<void> {
  const row: RunRow = { ...of, wave: 1, state: "running", ordinals: "0", files: 1, policy: "before", tries: 1, ...run };
  await db().entities.run.put(row).go();
}

/** Writes numbers of files by state to the header of a transfer without files. */
export async function putNumbers(
  { workspaceId, transferId }: Of,
  files: Partial<Record<FileStatus, number>>,
): Promise<void> {
  const counted = noFiles();
  for (const stand of FILE_STATUSES) counted[stand] = { files: files[stand] ?? 0, bytes: files[stand] ?? 0 };
  await db().entities.transfer.patch({ workspaceId, id: transferId }).set({ counted }).go();
}

/** Writes rows of a run's steps; by default they succeeded in the first try. */
export async function putSteps(
  of: Of & { wave?: number },
  steps: (Partial<StepRow> & { state: string; startedAt: string })[],
): Promise<void> {
  const rows = steps.map(
    (step): StepRow => ({
      wave: 1,
      batch: 0,
      batched: step.batch !== undefined,
      outcome: step.finishedAt ? "succeeded" : "running",
      attempts: 1,
      ...of,
      ...step,
    }),
  );
  await db().entities.step.put(rows).go();
}
