import { flushCompileCache } from "node:module";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { readArchive } from "./archive-task.ts";
import { deadline } from "./deadline.ts";
import { readMedia } from "./media-task.ts";
import { readOffice } from "./office-task.ts";
import { readPdf } from "./pdf-task.ts";
import { type ByteSource, withReadLimit } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/** Reads a file of which it gets nothing but bytes, and tells what it finds piece by piece. */
export type Task<Params, Piece> = (source: ByteSource, params: Params, tell: (piece: Piece) => void) => Promise<void>;

/** All readers of formats: what loops, or asks for any amount of memory, can be stopped from outside alone. */
const tasks = { pdf: readPdf, media: readMedia, office: readOffice, archive: readArchive };
type Tasks = typeof tasks;
type Params<N extends keyof Tasks> = Tasks[N] extends Task<infer P, infer _> ? P : never;
type Piece<N extends keyof Tasks> = Tasks[N] extends Task<infer _, infer P> ? P : never;

export type ThreadLimits = { readBytes: number; seconds: number; heapMib: number; processMib: number };

type Start = { inspection: keyof Tasks; size: number; params: unknown };
type FromThread =
  | { read: number; start: number; end: number }
  | { piece: unknown }
  | { refused: string }
  | { broken: string }
  | { done: true };
type ToThread = { read: number; bytes: Uint8Array };

/** After its own deadline a task may still tell what it has, for so long; then its thread is ended. */
export const GRACE_SECONDS = 2;

const WATCH_MS = 50;
/** Of a stream so much is asked for at a time, while as much is on its way. */
const STREAM_BYTES = 4 * 2 ** 20;

/**
 * Runs a task in a thread of its own, without the environment's secrets, and ends the thread when it takes too long,
 * too much memory or too many reads. `stopped` is then why, and `pieces` what had been found by then. `what` names the
 * file in a sentence. Throws what the source throws, and what a task throws that is no Unpreviewable.
 */
export async function inThread<N extends keyof Tasks>(
  task: N,
  source: ByteSource,
  params: Params<N>,
  what: string,
  limits: ThreadLimits,
  signal?: AbortSignal,
): Promise<{ pieces: Piece<N>[]; stopped?: Unpreviewable }> {
  const until = deadline(limits.seconds, `Reading this ${what} took too long.`, signal);
  signal?.throwIfAborted();
  const scarce = withReadLimit(source, limits.readBytes, `This ${what} is too large to be read as a whole.`, until);
  const greedy = () => new Unpreviewable(`Reading this ${what} took too much memory.`);
  const pieces: Piece<N>[] = [];
  // The thread runs the file that this code is in, here as in a bundle: see the last lines.
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { inspection: task, size: source.size, params } satisfies Start,
    env: environment(),
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMib },
    // Readers remark on odd files; in a log that would be a stranger's text.
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  const { promise: end, resolve, reject } = Promise.withResolvers<void>();
  const answer = async ({ read, start, end }: { read: number; start: number; end: number }) => {
    try {
      const bytes = new Uint8Array(await scarce.read(start, end));
      worker.postMessage({ read, bytes } satisfies ToThread, [bytes.buffer]);
    } catch (error) {
      reject(error);
    }
  };
  worker.on("message", (message: FromThread) => {
    if ("read" in message) void answer(message);
    else if ("piece" in message) pieces.push(message.piece as Piece<N>);
    else if ("refused" in message) reject(new Unpreviewable(message.refused));
    else if ("broken" in message) reject(new Error(`The task ${task} broke: ${message.broken}`));
    else resolve();
  });
  worker.once("error", (error) => {
    reject("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY" ? greedy() : error);
  });
  worker.once("exit", (code) => reject(new Error(`The task ${task} ended by itself with ${code}.`)));
  const ended = () => reject(until.signal.reason);
  until.signal.addEventListener("abort", ended);
  const before = process.memoryUsage.rss();
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() - before > limits.processMib * 2 ** 20) reject(greedy());
  }, WATCH_MS);
  try {
    await end;
    return { pieces };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Unpreviewable) return { pieces, stopped: error };
    try {
      until.check();
    } catch (late) {
      if (late instanceof Unpreviewable) return { pieces, stopped: late };
      throw late;
    }
    throw error;
  } finally {
    clearInterval(watch);
    until.signal.removeEventListener("abort", ended);
    await worker.terminate();
  }
}

/** Of the environment only where compiled code is kept, if it is: what a thread loads is then not compiled each time. */
function environment(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {};
}

/** In the thread: reads go to the one who started it. */
async function serve({ inspection, size, params }: Start, port: NonNullable<typeof parentPort>): Promise<void> {
  const say = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const waiting = new Map<number, (bytes: Uint8Array) => void>();
  let last = 0;
  port.on("message", ({ read, bytes }: ToThread) => {
    waiting.get(read)?.(bytes);
    waiting.delete(read);
  });
  const source: ByteSource = {
    size,
    read: (start, end) =>
      new Promise((resolve) => {
        const read = ++last;
        waiting.set(read, resolve);
        say({ read, start, end });
      }),
    async *stream(start = 0, end = size) {
      const ask = (from: number) =>
        from < end ? source.read(from, Math.min(end, from + STREAM_BYTES)) : Promise.resolve(new Uint8Array());
      let next = ask(start);
      for (let at = start; at < end; at += STREAM_BYTES) {
        const bytes = await next;
        next = ask(at + STREAM_BYTES);
        yield bytes;
      }
    },
  };
  // Readers leave promises behind when a file is odd; what counts is how the task itself ends.
  process.on("unhandledRejection", () => undefined);
  const run = tasks[inspection] as Task<unknown, unknown>;
  try {
    await run(source, params, (piece) => say({ piece }));
    // This thread is ended and does not end by itself, which is when it would be kept.
    flushCompileCache();
    say({ done: true });
  } catch (error) {
    if (error instanceof Unpreviewable) say({ refused: error.message });
    else say({ broken: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

const start = workerData as Start | null;
if (!isMainThread && parentPort && start?.inspection) void serve(start, parentPort);
