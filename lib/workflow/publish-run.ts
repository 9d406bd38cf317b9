import { requireSystem } from "#lib/auth/permissions.ts";
import { type FileRow, updateFileRow } from "#lib/files/file.store.ts";
import type { ScanPolicy, UnscannablePolicy } from "#lib/kernel/choices.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { pending } from "#lib/kernel/file-numbers.ts";
import { isInRun, statesWhere } from "#lib/kernel/file-states.ts";
import { numbersIn } from "#lib/transfers/file-numbers.ts";
import { recountFiles } from "#lib/transfers/recount-files.ts";
import { findTransferRow, markTransferReady } from "#lib/transfers/transfer.store.ts";
import { filesOfRun } from "./files-of-run.ts";
import { StepInput } from "./run.schema.ts";
import { getRun, type RunRow } from "./run.store.ts";
import { runStep } from "./run-step.ts";

const CONCURRENCY = 32;
const NOT_SCANNED = "This file has not been scanned for viruses, so it is not handed out.";

const noticeOfUnscanned = (why: string) =>
  `This file could not be scanned for viruses, so it is not handed out: ${why}.`;

type Decision = Pick<FileRow, "state"> & { notice?: string };
type Policies = { scan: ScanPolicy; unscannable: UnscannablePolicy };

/**
 * Opens the files of a run as the scan policy allows, and closes infected ones. A file without a verdict stays closed.
 * Once all files of a sealed transfer are decided on, the transfer is ready.
 */
export async function publishRun(ctx: Ctx, input: StepInput): Promise<{ opened: number }> {
  const grant = requireSystem(ctx);
  const step = { ...StepInput.parse(input), ...grant };
  const run = await getRun(step);
  const unscanned = step.state === "OpenUnscanned";
  const transfer = await findTransferRow(run.workspaceId, run.transferId);
  const policies: Policies = { scan: run.policy, unscannable: transfer?.unscannable ?? "deliver" };
  return await runStep(ctx, step, run.files, async (progress) => {
    const counts = { opened: 0, closed: 0 };
    await mapConcurrently(await Array.fromAsync(filesOfRun(run)), CONCURRENCY, async (file) => {
      const decision = unscanned ? { state: "ready" as const } : decide(file, policies);
      // Files that are closed already, also by the check, stay closed.
      const isOpen = isInRun(file.state) && !file.byHand;
      if (isOpen) await carryOut(file, decision);
      const byHand = file.byHand === "open" && file.state === "ready";
      if (byHand || (isOpen && decision.state === "ready")) counts.opened++;
      else counts.closed++;
      progress.done();
    });
    await finishTransfer(run);
    const { opened, closed } = counts;
    const message = closed > 0 ? `${closed} of ${opened + closed} files are not handed out.` : undefined;
    return { value: { opened }, outcome: "succeeded", ...(message ? { message } : {}) };
  });
}

function decide({ scan, scanProblem }: FileRow, policies: Policies): Decision {
  if (scan === "infected") return { state: "infected" };
  if (policies.scan === "off" || scan === "clean") return { state: "ready" };
  if (scan === "unscanned" && process.env.DORMOUSE_UNSCANNED === "deliver") return { state: "ready" };
  if (scan !== "unscannable") return { state: "unscannable", notice: NOT_SCANNED };
  if (policies.unscannable === "deliver") return { state: "ready" };
  return { state: "unscannable", ...(scanProblem ? { notice: noticeOfUnscanned(scanProblem) } : {}) };
}

async function carryOut(file: FileRow, decision: Decision): Promise<void> {
  if (file.state !== decision.state) await updateFileRow(file, statesWhere(isInRun), decision);
}

/** Counts the transfer's files by state. */
async function finishTransfer({ workspaceId, transferId }: RunRow): Promise<void> {
  const row = await recountFiles({ workspaceId, id: transferId });
  if (row?.state === "sealed" && pending(numbersIn(row)).files === 0) await markTransferReady(row);
}
