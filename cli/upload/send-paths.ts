import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { VisibleError } from "#lib/kernel/errors.ts";
import type { CreateTransfer, TransferView } from "#lib/transfers/transfer.schema.ts";
import { createUploadEngine, type UploadEngine } from "#lib/upload-engine/engine.ts";
import { relativePath, uniquePath } from "#lib/upload-engine/names.ts";
import type { Platform } from "#lib/upload-engine/platform.ts";
import type { TransferUpload } from "#lib/upload-engine/snapshot.ts";
import type { UploadSource } from "#lib/upload-engine/upload-source.ts";
import { nodePlatform } from "../platform/platform.ts";
import { closeIdleConnections } from "../platform/put.ts";
import { stateFolder } from "../platform/state-folder.ts";
import { findFiles, type Skipped } from "./find-files.ts";
import { spool } from "./spool.ts";

export type SendOptions = {
  /** Files and folders; `-` is the standard input, which becomes a file of the name `stdinName`. */
  paths: readonly string[];
  stdin?: Readable;
  stdinName?: string;
  /** Title, message, recipients and so on of the transfer. */
  details: CreateTransfer;
  /** The address of the program interface, without a slash at its end: the calls are at `<apiUrl>/v1/upload/`. */
  apiUrl: string;
  /** Read before each call: `authorization`. */
  headers: () => Record<string, string>;
  /** Where is kept what a later run goes on from; by default `stateFolder()`. */
  state?: string;
  /** Ends the sending; a later call with the same paths and details goes on from there. */
  signal?: AbortSignal;
  /** What is not sent, before the sending begins. A caller that wants all or nothing throws. */
  onSkipped?(skipped: readonly Skipped[]): void;
  /** Bytes from the standard input so far, before the sending begins. */
  onSpooled?(bytes: number): void;
  /** At most seven times per second. `state`, `speed`, `secondsLeft` and `problem` are for showing. */
  onProgress?(progress: TransferUpload): void;
  /** Instead of parts of the Node platform, for tests; and where the calls are. */
  engine?: Partial<Platform> & { protocolPath?: string };
};

/** `transfer` is as it was when it was begun: its recipients and files may not be counted yet. Sizes in bytes. */
export type Sent = { transfer: TransferView; resumed: boolean; files: number; bytes: number; skipped: Skipped[] };

/** What the journal keeps with a transfer, to find it again. */
type About = { apiUrl: string; disk: string[]; details: CreateTransfer; transfer: TransferView };

/**
 * Sends files and folders as one transfer and seals it. When an earlier call of the same user with the same files and
 * details was interrupted, it goes on from there: parts that S3 has are not sent again. Rejects with the server's error
 * (QuotaReached and so on), FilesFailed with `details.files` (`path`, `code`, `message` of each), NetworkLost after about
 * a quarter of an hour, SentElsewhere while another process sends the same, FileNotFound, InvalidInput, and the signal's
 * reason.
 */
export async function sendPaths(options: SendOptions): Promise<Sent> {
  const { paths, signal = new AbortController().signal, onSkipped, onSpooled } = options;
  const { sources, skipped } = await findFiles(paths.filter((path) => path !== "-"));
  const isStdin = paths.includes("-");
  const spooled = isStdin
    ? await spool(options.stdin ?? process.stdin, { signal, onBytes: (bytes) => onSpooled?.(bytes) })
    : undefined;
  if (spooled) sources.push({ path: options.stdinName ?? "stdin", blob: spooled.blob });
  try {
    if (skipped.length > 0) onSkipped?.(skipped);
    if (sources.length === 0) throw new VisibleError("NothingToSend", 422, "There is no file to send.");
    return { ...(await send(options, sources, signal, { mayResume: !isStdin })), skipped };
  } finally {
    await spooled?.remove();
  }
}

async function send(
  options: SendOptions,
  sources: UploadSource[],
  signal: AbortSignal,
  { mayResume }: { mayResume: boolean },
): Promise<Omit<Sent, "skipped">> {
  const { apiUrl, headers, details, onProgress } = options;
  const platform = nodePlatform(options.state ?? stateFolder());
  const engine = createUploadEngine({
    ...platform,
    // What was in a pipe is gone, so nothing could go on from a journal.
    ...(mayResume ? {} : { journal: undefined }),
    protocolPath: "/v1/upload/",
    ...options.engine,
    baseUrl: apiUrl,
    headers,
  });
  const stop = () => engine.close();
  signal.addEventListener("abort", stop, { once: true });
  const show = () => {
    for (const transfer of engine.getSnapshot().transfers) onProgress?.(transfer);
  };
  const unsubscribe = engine.subscribe(show);
  try {
    signal.throwIfAborted();
    const disk = sources.flatMap(({ origin }) => (origin as { disk: string } | undefined)?.disk ?? []);
    const known = mayResume ? await resume(engine, { apiUrl, disk, details }, sources) : undefined;
    const transfer =
      known ??
      (await engine.begin(details, sources, { about: (begun) => ({ apiUrl, disk, details, transfer: begun }) }));
    await sealed(engine, transfer.id);
    show();
    const bytes = sources.reduce((sum, { blob }) => sum + blob.size, 0);
    return { transfer, resumed: known !== undefined, files: sources.length, bytes };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    unsubscribe();
    engine.close();
    // The engine writes what it knows when it is closed.
    await setImmediate();
    await platform.journal.settled();
    closeIdleConnections();
  }
}

/** Waits for the seal. Of files that failed the error says which, and why. */
async function sealed(engine: UploadEngine, id: string): Promise<void> {
  try {
    await engine.seal(id);
  } catch (error) {
    if (!(error instanceof VisibleError) || error.code !== "FilesFailed") throw error;
    const failed = engine.listFiles(id).filter(({ state }) => state === "failed");
    const files = failed.map(({ path, error: why }) => ({ path, code: why?.code, message: why?.message }));
    throw new VisibleError("FilesFailed", 409, error.message, { details: { files }, cause: error });
  }
}

/**
 * Goes on with the transfer that an earlier call began with these files and details. Undefined if there is none, or if
 * it is not there any more, or one of its files has changed since: then the sending begins anew.
 */
async function resume(
  engine: UploadEngine,
  about: Omit<About, "transfer">,
  sources: readonly UploadSource[],
): Promise<TransferView | undefined> {
  const wanted = keyOf(about);
  for (const kept of await engine.listUnfinished()) {
    if (!isAbout(kept.about) || keyOf(kept.about) !== wanted) continue;
    if (kept.elsewhere) throw new SentElsewhere();
    const { transfer } = kept.about;
    try {
      await engine.reopen(kept.id);
    } catch (error) {
      const { code, status } = error as Partial<VisibleError>;
      // It was sealed, and the process ended before the journal said so.
      if (code === "TransferSealed") return transfer;
      if (code === "SentElsewhere") throw new SentElsewhere();
      if (status === 404 || status === 410) continue;
      throw error;
    }
    // Files that the journal does not know any more are proved by what S3 has.
    const going = pathsOf(engine, kept.id);
    await engine.supply(
      kept.id,
      sources.filter(({ path }) => !going.has(path.normalize("NFC"))),
    );
    if (isWhole(engine, kept.id, sources)) return transfer;
    engine.cancelAll(kept.id);
    await engine.discard(kept.id);
  }
  return undefined;
}

/** Whether every file is in the transfer and can go on. */
function isWhole(engine: UploadEngine, id: string, sources: readonly UploadSource[]): boolean {
  const taken = new Map<string, number>();
  const paths = sources.map(({ path }) => uniquePath(relativePath(path), taken).normalize("NFC"));
  const going = pathsOf(engine, id);
  return going.size === sources.length && paths.every((path, index) => going.get(path) === sources[index]?.blob.size);
}

/** Sizes in bytes, by path, of the files that can go on or have arrived. */
function pathsOf(engine: UploadEngine, id: string): Map<string, number> {
  const going = engine.listFiles(id).filter(({ state }) => state !== "missing" && state !== "cancelled");
  return new Map(going.map(({ path, size }) => [path.normalize("NFC"), size]));
}

const keyOf = ({ apiUrl, disk, details }: Omit<About, "transfer">): string => JSON.stringify([apiUrl, disk, details]);

const isAbout = (value: unknown): value is About =>
  typeof value === "object" && value !== null && "transfer" in value && "disk" in value;

class SentElsewhere extends VisibleError {
  constructor() {
    super("SentElsewhere", 409, "Another process is sending these files. Let it end, or stop it, and try again.");
  }
}
