import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";

type ContentOf = { workspaceId: string; id: string; linkId: string };

const CONCURRENCY = { concurrency: 4 };

/**
 * Deletes the rows that belong to a transfer besides its files: runs and their steps, recipients, mails and activity.
 * Safe to repeat.
 */
export async function deleteRowsBeside({ workspaceId, id: transferId }: Omit<ContentOf, "linkId">): Promise<void> {
  const { run, step, delivery, mail, activity } = db().entities;
  const of = { workspaceId, transferId };
  const all = { pages: "all" } as const;
  const runs = (await run.query.inTransfer(of).go(all)).data;
  for (const { wave } of runs) {
    const steps = (await step.query.inRun({ ...of, wave }).go(all)).data;
    if (steps.length > 0) requireAll(await step.delete(steps).go(CONCURRENCY));
  }
  if (runs.length > 0) requireAll(await run.delete(runs).go(CONCURRENCY));
  const deliveries = (await delivery.query.inTransfer(of).go(all)).data;
  if (deliveries.length > 0) requireAll(await delivery.delete(deliveries).go(CONCURRENCY));
  const mails = (await mail.query.inTransfer(of).go(all)).data;
  if (mails.length > 0) requireAll(await mail.delete(mails).go(CONCURRENCY));
  const entries = (await activity.query.inTransfer(of).go(all)).data;
  if (entries.length > 0) requireAll(await activity.delete(entries).go(CONCURRENCY));
}

function requireAll({ unprocessed }: { unprocessed: unknown[] }): void {
  if (unprocessed.length > 0) throw new Error(`DynamoDB left ${unprocessed.length} rows undeleted.`);
}

/** Gives a transfer's links a TTL: they say what became of the transfer as long as its header does. */
export async function expireLinks({ workspaceId, id: transferId, linkId }: ContentOf, forgetAt: number): Promise<void> {
  const { link, delivery } = db().entities;
  const { data } = await delivery.query.inTransfer({ workspaceId, transferId }).go({ pages: "all" });
  for (const id of [linkId, ...data.map((row) => row.linkId)]) {
    await conditionHeld(() => link.patch({ id }).set({ forgetAt }).go());
  }
}
