import type { Core } from "./core.ts";
import { asVisible, FileChanged, NetworkLost, StorageRefused } from "./errors.ts";
import { asFileChanged } from "./hasher.ts";
import { isStale, type PartJob, type TransferJob, takeOut } from "./job.ts";
import { type PutOutcome, STALLED } from "./put.ts";
import { backoff } from "./runtime.ts";
import { isFresh, signedRequest } from "./sign-lane.ts";
import { syncAgain } from "./sync-lane.ts";

/** With backoff about a quarter of an hour without an answer to this part; attempts made while offline do not count. */
const MAX_UNANSWERED = 40;
const MAX_REFUSALS = 12;
const MAX_UNAUTHORIZED = 3;

/** Until a connection that stands still is given up, in times of the usual: one that only seemed to have sent all gets more. */
const MAX_STALL_FACTOR = 8;

/** Smaller parts cost the app and S3 more work than the line, in bytes. */
const SMALL_PART = 1024 ** 2;

/** Sends signed parts, as many at a time as `concurrency` allows; transfers take turns. */
export function sendLane(core: Core): void {
  while (core.active.size < core.tools.concurrency()) {
    const transfers = core.running().filter((transfer) => transfer.ready.length > 0 && !isHeldBack(transfer));
    if (transfers.length === 0) return;
    for (const transfer of transfers) {
      if (core.active.size >= core.tools.concurrency()) return;
      const [part] = transfer.ready;
      if (part && !isStale(part) && !core.uplink.hasRoom(core.underWay(), part.body.size)) return;
      transfer.ready.shift();
      if (!part || isStale(part)) continue;
      if (isFresh(part, core.tools.runtime.now())) void send(core, part);
      else signAgain(core, part);
    }
  }
}

/**
 * Small files wait until all have their places: then the whole list is known, to guests and to whoever must go on with
 * it, and giving places takes seconds instead of competing with a call of S3 for each file.
 */
const isHeldBack = ({ ready: [next], batch, toReserve }: TransferJob): boolean =>
  next !== undefined && next.body.size < SMALL_PART && (batch !== undefined || toReserve.length > 0);

function signAgain(core: Core, part: PartJob): void {
  part.signed = undefined;
  part.file.transfer.hashed.unshift(part);
  core.pump();
}

async function send(core: Core, part: PartJob): Promise<void> {
  const { file } = part;
  const request = signedRequest(part);
  if (!request) return signAgain(core, part);
  const controller = new AbortController();
  const entry = { part, controller };
  core.begin(entry);
  file.sending++;
  core.changed(file.transfer);
  const from = core.tools.runtime.now();
  const outcome = await core.tools.put({
    ...request,
    body: part.body,
    signal: controller.signal,
    stallFactor: part.stallFactor,
    onProgress: (sent) => {
      if (core.active.has(entry) && !isStale(part)) core.progress(part, sent);
    },
  });
  core.active.delete(entry);
  file.sending--;
  if (outcome.status > 0) core.tools.network.markReachable();
  setPace(core, part, outcome, from);
  if (!isStale(part)) await settle(core, part, outcome);
  else if (file.sending === 0) takeOut(file);
  core.changed(file.transfer);
  core.pump();
}

/** An answer sets the pace; that a person is offline says nothing of the line. */
function setPace({ tools }: Core, { body, file }: PartJob, { kind }: PutOutcome, from: number): void {
  const now = tools.runtime.now();
  if (kind === "stored") tools.concurrencyLimit.partArrived(body.size, now - from, file.transfer.meter.speed(now));
  else if (kind === "busy" || (kind === "unanswered" && !tools.network.isOffline))
    tools.concurrencyLimit.congested(now);
}

async function settle(core: Core, part: PartJob, outcome: PutOutcome): Promise<void> {
  const { file } = part;
  if (outcome.kind === "stored" || (outcome.kind === "exists" && file.plan.partCount === 1)) return store(core, part);
  const moved = part.loaded > 0;
  core.progress(part, 0);
  const refusal = new StorageRefused(outcome.code, outcome.status, outcome.message);
  switch (outcome.kind) {
    case "aborted":
      file.transfer.ready.unshift(part);
      return;
    case "unanswered":
      if (outcome.code === STALLED && moved) part.stallFactor = Math.min(MAX_STALL_FACTOR, part.stallFactor * 2);
      return await afterNoAnswer(core, part, outcome);
    case "busy":
      if (++part.refusals > MAX_REFUSALS) return core.fail(file, refusal, { startAfresh: false });
      return putOff(core, part, part.refusals);
    case "corrupted":
      return await afterCorruption(core, part, refusal);
    case "unauthorized":
      if (++part.unauthorized > MAX_UNAUTHORIZED) return core.fail(file, refusal, { startAfresh: false });
      return signAgain(core, part);
    default:
      if (outcome.code === "NoSuchUpload" && syncAgain(core, file)) return;
      return core.fail(file, refusal);
  }
}

function store(core: Core, part: PartJob): void {
  const { file } = part;
  core.progress(part, part.body.size);
  file.stored.add(part.number);
  if (file.plan.partCount > 1) core.tools.journalWriter.savePart(file, part.number, part.crc);
  if (file.stored.size === file.plan.partCount) core.verify(file);
}

/** A browser reports a file that changed on disk as a failed connection, so the file is looked at first. */
async function afterNoAnswer(core: Core, part: PartJob, { message, code }: PutOutcome): Promise<void> {
  const { file } = part;
  try {
    await part.body.slice(0, 1).arrayBuffer();
  } catch (error) {
    return core.fail(file, asVisible(asFileChanged(error, file.path)));
  }
  if (isStale(part)) return;
  core.tools.network.markUnreachable({ stalled: code === STALLED });
  if (!core.tools.network.isOffline) part.unanswered++;
  if (part.unanswered > MAX_UNANSWERED)
    return core.fail(file, new NetworkLost(new Error(message)), { startAfresh: false });
  putOff(core, part, Math.max(1, part.unanswered));
}

/** Other bytes arrived than were hashed: either the file is not what it was, or the way spoiled them. */
async function afterCorruption(core: Core, part: PartJob, refusal: StorageRefused): Promise<void> {
  const { file } = part;
  try {
    const crc = await core.tools.hasher.hash(part.body, file.path);
    if (isStale(part)) return;
    if (crc !== part.crc) return core.fail(file, new FileChanged(file.path, refusal));
  } catch (error) {
    if (!isStale(part)) core.fail(file, asVisible(error));
    return;
  }
  if (++part.refusals > MAX_REFUSALS) return core.fail(file, refusal, { startAfresh: false });
  putOff(core, part, part.refusals);
}

/** The part waits without holding a connection, then goes to the front. */
function putOff(core: Core, part: PartJob, failures: number): void {
  const { network, runtime } = core.tools;
  part.file.waiting++;
  void network.wait(backoff(failures, runtime.random), core.ended).then(() => {
    if (isStale(part)) return;
    part.file.waiting--;
    part.file.transfer.ready.unshift(part);
    core.changed(part.file.transfer);
    core.pump();
  });
}
