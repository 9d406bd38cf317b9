import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { statusOf } from "#lib/kernel/transfer-status.ts";
import { numbersIn } from "#lib/transfers/file-numbers.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { GetRuns, type RunsView } from "./run.schema.ts";
import { listRunRows, type RunRow } from "./run.store.ts";
import { listStepRows } from "./step.store.ts";
import { viewRun } from "./view-run.ts";

const MAX_RUNS = 20;
/** A run's last step may write its row after the run's own row, so the page polls this much longer. */
const SETTLING_MS = 10_000;

/** The newest runs of a transfer with their steps, for the page that draws them. */
export async function getRuns(ctx: Ctx, input: GetRuns): Promise<RunsView> {
  const authorized = requirePermission(ctx, "transfer:read");
  const { transferId, scope } = GetRuns.parse(input);
  const transfer = await getTransferRow(authorized, transferId);
  const now = ctx.clock.now();
  const rows = await listRunRows({ workspaceId: authorized.workspaceId, transferId }, MAX_RUNS);
  const moving = rows.filter((row) => isMoving(row, now));
  const runs = await Promise.all(
    (scope === "live" ? moving : rows).map(async (row) => viewRun(row, await listStepRows(row))),
  );
  const state = stateAt(transfer, now);
  const awaitsFiles = state === "uploading" || state === "sealed";
  const numbers = numbersIn(transfer);
  return {
    runs,
    ...{ status: statusOf(state, numbers), numbers },
    live: moving.length > 0 || awaitsFiles,
    earlier: Math.max(0, (rows.at(-1)?.wave ?? 1) - 1),
    at: now.toISOString(),
  };
}

const isMoving = (row: RunRow, now: Date): boolean =>
  row.state === "running" || Date.parse(row.finishedAt ?? "") > now.getTime() - SETTLING_MS;
