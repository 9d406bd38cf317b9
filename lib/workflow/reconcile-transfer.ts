import { requireSystem } from "#lib/auth/permissions.ts";
import { allFileRows, type FileRow, updateFileRow } from "#lib/files/file.store.ts";
import { headObject, listObjects } from "#lib/files/object.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isComing, isDecided, statesWhere } from "#lib/kernel/file-states.ts";
import { ordinalsIn, rangesOf } from "#lib/kernel/ordinals.ts";
import { recountFiles, tally } from "#lib/transfers/recount-files.ts";
import { type TransferRow, writeCount } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { acquireLease, releaseLease } from "#lib/transfers/transfer-lease.store.ts";
import { startExecution } from "./execution.store.ts";
import { beginRun, endRun, findRun, listOpenRuns, type RunRow } from "./run.store.ts";

/** The most files of a wave: as many as one step can process within its time. */
const WAVE_FILES = 10_000;
/**
 * While files still arrive, a wave must have half the size of the one before it, so that ten thousand files make few
 * waves.
 */
const SMALL = 20;

/**
 * Reconciles a transfer with S3 and the table after any event; the event's content is not relied on. Marks files that
 * have arrived, and starts a run for files that no run covers. Files of a failed run wait until that run is started
 * again. If many events come at once, one caller at a time has the lease, and looks again for those that came
 * meanwhile. Safe to repeat at any time. `token` names the caller; a retry of the same event must pass the same token.
 */
export async function reconcileTransfer(ctx: Ctx, input: { transferId: string; token: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId, token } = input;
  for (;;) {
    const row = await acquireLease(workspaceId, transferId, token, ctx.clock.now());
    if (!row) return;
    await reconcile(ctx, row, token);
    if ((await releaseLease(row, token)) !== "recheck") return;
  }
}

async function reconcile(ctx: Ctx, row: TransferRow, token: string): Promise<void> {
  const state = stateAt(row, ctx.clock.now());
  // Restored or extended, a sealed transfer changes, which is an event.
  if (state === "deleted" || state === "expired" || row.purgedAt !== undefined) return;
  if (row.activeWave !== undefined && (await isUnderWay(ctx, row, row.activeWave))) return;
  // Before the files, which a run that ends in between has then decided upon.
  const runs = await listOpenRuns({ workspaceId: row.workspaceId, transferId: row.id });
  const files = await noteArrivals(row, ctx.clock.now());
  // Who has counted meanwhile has counted these as well, or counts again.
  if (!(await writeCount(row, await tally(files)))) await recountFiles(row);
  const covered = new Set(runs.flatMap(({ ordinals }) => [...ordinalsIn(ordinals)]));
  const waiting = files.filter(({ state, ordinal }) => state === "stored" && !covered.has(ordinal));
  if (!isLargeEnough(row, files, waiting, runs)) return;
  const wave = (row.waves ?? 0) + 1;
  const some = waiting.slice(0, WAVE_FILES);
  const run: RunRow = {
    workspaceId: row.workspaceId,
    transferId: row.id,
    wave,
    state: "running",
    ordinals: rangesOf(some.map(({ ordinal }) => ordinal)),
    files: some.length,
    policy: row.scanPolicy ?? "before",
    tries: 1,
    startedAt: ctx.clock.now().toISOString(),
  };
  if (await beginRun(run, token)) await startExecution(run);
}

/** A run that is under way covers what it covers; one that ended without a word has failed. */
async function isUnderWay(ctx: Ctx, row: TransferRow, wave: number): Promise<boolean> {
  const run = await findRun({ workspaceId: row.workspaceId, transferId: row.id, wave });
  // It has ended since the transfer was read.
  if (run?.state !== "running") return false;
  // Starting it twice is starting it once; whoever noted the run may have ended before starting it.
  if ((await startExecution(run)) === "running") return true;
  const message = "The run ended without saying why. Start it again.";
  await endRun(run, { state: "failed", finishedAt: ctx.clock.now().toISOString(), message });
  return false;
}

/** Marks files whose bytes are at S3, also where the browser ended right after the last one. */
async function noteArrivals(row: TransferRow, now: Date): Promise<FileRow[]> {
  const files = await Array.fromAsync(allFileRows(row, { consistent: true }));
  const open = files.filter(({ state }) => isComing(state));
  if (open.length === 0) return files;
  const sizes = await listObjects(row);
  const arrived = new Map<number, FileRow>();
  await mapConcurrently(
    open.filter(({ ordinal, size }) => sizes.get(ordinal) === size),
    16,
    async (file) => {
      const object = await headObject(file);
      // Without it nobody has compared what arrived with what was promised.
      if (!object?.crc64 || object.size !== file.size) return;
      if (file.crc64 && file.crc64 !== object.crc64) return;
      const stored = { state: "stored", crc64: object.crc64, storedAt: now.toISOString() } as const;
      if (await updateFileRow(file, statesWhere(isComing), stored)) arrived.set(file.ordinal, { ...file, ...stored });
    },
  );
  return files.map((file) => arrived.get(file.ordinal) ?? file);
}

/**
 * A sealed transfer gets a last run in any case, which tells people, unless that is for a failed one to do: its files are
 * still to be decided upon, or it was the last itself. Before that a wave must be worth it.
 */
function isLargeEnough(row: TransferRow, files: FileRow[], waiting: FileRow[], runs: RunRow[]): boolean {
  if (row.state === "sealed") {
    const isForAnother = files.some(({ state }) => state === "stored") || runs.some(({ files }) => files === 0);
    return waiting.length > 0 || !isForAnother;
  }
  const decided = files.filter(({ state }) => isDecided(state)).length;
  return waiting.length > 0 && (decided < SMALL || waiting.length * 2 >= decided);
}
