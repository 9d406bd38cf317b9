import { requireSystem } from "#lib/auth/permissions.ts";
import { allFileRows, type FileRow, updateFileRow } from "#lib/files/file.store.ts";
import { headObject, listObjects } from "#lib/files/object.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { beginWave, endWave, releaseTransfer, takeTransfer } from "#lib/transfers/tending.store.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { startExecution } from "./execution.store.ts";
import { rangesOf } from "./ordinals.ts";
import { findRun, insertRun, type RunRow, updateRun } from "./run.store.ts";

/** As many files has a wave at most: what one step can look at within its time. */
const WAVE_FILES = 10_000;
/** While files still come, a wave waits until it is half of what went before it, so that ten thousand files make few. */
const SMALL = 20;

/**
 * Looks after a transfer because something happened to it: an event is a wake-up, and the facts are S3's and the table's.
 * Marks what has arrived and starts a run for files that no run covers. However many events come at once, one caller at
 * a time does it, and looks again for those that came meanwhile. Safe to repeat, at any time, by anyone.
 * `token` names the caller; another try of the same event must bring the same.
 */
export async function tendTransfer(ctx: Ctx, input: { transferId: string; token: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId, token } = input;
  for (;;) {
    const row = await takeTransfer(workspaceId, transferId, token, ctx.clock.now());
    if (!row) return;
    await tend(ctx, row, token);
    if ((await releaseTransfer(row, token)) !== "woken") return;
  }
}

async function tend(ctx: Ctx, row: TransferRow, token: string): Promise<void> {
  const state = stateAt(row, ctx.clock.now());
  // Restored or extended, a sealed transfer changes, which wakes whoever tends it.
  if (state === "deleted" || state === "expired" || row.purgedAt !== undefined) return;
  if (row.activeWave !== undefined && (await isUnderWay(ctx, row, row.activeWave))) return;
  const files = await noteArrivals(row, ctx.clock.now());
  const waiting = files.filter(({ state }) => state === "stored");
  if (!isWorthARun(row, files, waiting)) return;
  const wave = (row.waves ?? 0) + 1;
  const covered = waiting.slice(0, WAVE_FILES);
  const run: RunRow = {
    workspaceId: row.workspaceId,
    transferId: row.id,
    wave,
    state: "running",
    ordinals: rangesOf(covered.map(({ ordinal }) => ordinal)),
    files: covered.length,
    policy: row.scanPolicy ?? "before",
    tries: 1,
    startedAt: ctx.clock.now().toISOString(),
  };
  // The row may be there from a caller that ended in between; its files are then those of this wave.
  await insertRun(run);
  if (await beginWave(row, token, wave)) await startExecution((await findRun(run)) ?? run);
}

/** A run that is under way covers what it covers; one that ended without a word has failed. */
async function isUnderWay(ctx: Ctx, row: TransferRow, wave: number): Promise<boolean> {
  const of = { workspaceId: row.workspaceId, transferId: row.id, wave };
  const run = await findRun(of);
  if (run?.state === "running") {
    // Starting it twice is starting it once; whoever noted the run may have ended before starting it.
    if ((await startExecution(run)) === "running") return true;
    const message = "The run ended without saying why. Start it again.";
    await updateRun(run, { state: "failed", finishedAt: ctx.clock.now().toISOString(), message });
  }
  await endWave(row, wave);
  return false;
}

/** Marks files whose bytes are at S3, also where the browser ended right after the last one. */
async function noteArrivals(row: TransferRow, now: Date): Promise<FileRow[]> {
  const files = await Array.fromAsync(allFileRows(row));
  const open = files.filter(({ state }) => state === "reserved" || state === "uploading");
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
      if (await updateFileRow(file, ["reserved", "uploading"], stored))
        arrived.set(file.ordinal, { ...file, ...stored });
    },
  );
  return files.map((file) => arrived.get(file.ordinal) ?? file);
}

/** A sealed transfer gets a last run in any case, which tells people; before that a wave must be worth it. */
function isWorthARun(row: TransferRow, files: FileRow[], waiting: FileRow[]): boolean {
  if (row.state === "sealed") return true;
  const decided = files.filter(({ state }) => ["ready", "infected", "unscannable"].includes(state)).length;
  return waiting.length > 0 && (decided < SMALL || waiting.length * 2 >= decided);
}
