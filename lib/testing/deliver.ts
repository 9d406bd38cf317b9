import { db } from "#lib/db/service.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { handlingOf } from "#lib/kernel/file-kind.ts";
import { CountingMeter } from "#lib/metering/meter.ts";
import { announceRun } from "#lib/workflow/announce-run.ts";
import { checkRun } from "#lib/workflow/check-run.ts";
import { finishRun } from "#lib/workflow/finish-run.ts";
import { previewBatch } from "#lib/workflow/preview-batch.ts";
import { publishRun } from "#lib/workflow/publish-run.ts";
import { reconcileTransfer } from "#lib/workflow/reconcile-transfer.ts";
import { executions } from "./step-functions.ts";
import type { TestWorkspace } from "./workspace.ts";

/**
 * Delivers the files that have arrived, as events and the state machine would: calls the verbs of the steps in order.
 */
export async function deliver({ id: workspaceId, clock }: TestWorkspace, transferId: string): Promise<void> {
  const ctx: Ctx = { actor: { kind: "system", workspaceId }, clock, meter: new CountingMeter() };
  await db().entities.transfer.patch({ workspaceId, id: transferId }).set({ scanPolicy: "off" }).go();
  await reconcileTransfer(ctx, { transferId, token: "deliver" });
  for (;;) {
    const started = [...executions].find(([, one]) => one.transferId === transferId && !one.ended);
    if (!started) return;
    const [name, { wave }] = started;
    const step = (state: string) => ({ workspaceId, transferId, wave, state });
    const { batches } = await checkRun(ctx, step("Check"));
    for (const { batch, kind } of batches) {
      await previewBatch(ctx, { ...step(handlingOf(kind)?.state ?? "NoPreview"), batch, kind });
    }
    await publishRun(ctx, step("Publish"));
    await announceRun(ctx, step("Announce"));
    await finishRun(ctx, step("Finish"));
    executions.set(name, { ...started[1], ended: true });
  }
}
