import { CountingMeter, withMeter } from "#lib/metering/meter.ts";
import { sweepWorkspace } from "#lib/workflow/sweep-workspace.ts";
import { findSweptWorkspace } from "#lib/workspaces/find-swept-workspace.ts";
import { asSystem, type Invocation } from "../system-handler.ts";

/**
 * Once a day: continues what was interrupted, and finds rows without objects and objects without rows. Logs what it
 * repaired.
 */
export async function handler(_event: unknown, { awsRequestId }: Invocation): Promise<object> {
  const workspaceId = await withMeter(new CountingMeter(), findSweptWorkspace);
  if (!workspaceId) return {};
  const report = await asSystem(workspaceId, (ctx) => sweepWorkspace(ctx, { token: awsRequestId }));
  const { transfers: _looked, reconciled: _seen, ...mended } = report;
  if (Object.values(mended).some((count) => count > 0)) console.log(`Sweep: ${JSON.stringify(report)}`);
  return report;
}
