import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ScannerGone, SourceFailed } from "./scanning.errors.ts";

/** What a session waits for: the file's next bytes, or the scanner. */
export type Waiting = "source" | "clamd";

export type Session = {
  /** Called when bytes have moved, with what it waits for now. */
  onMove(waiting: Waiting): void;
  /** Ends the session; the caller gets the reason. */
  signal: AbortSignal;
};

/** A connection to clamd's socket. Throws ScannerGone when nobody answers there. */
async function open(path: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect(path);
  try {
    await once(socket, "connect", { signal });
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    throw new ScannerGone("clamd can't be reached.", { cause });
  }
  return socket;
}

/** Everything that clamd sends on a connection, up to the zero byte that ends an answer. */
function answerOn(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (cause?: unknown) =>
      reject(signal.aborted ? signal.reason : new ScannerGone("clamd ended in the middle of a file.", { cause }));
    socket.setEncoding("utf8");
    socket.on("data", (words: string) => {
      text += words;
      if (text.includes("\0")) resolve(text.slice(0, text.indexOf("\0")));
    });
    socket.once("error", fail);
    socket.once("close", () => fail());
  });
}

/** Sends a command of one word, such as PING. */
export async function ask(path: string, word: string, signal: AbortSignal): Promise<string> {
  const socket = await open(path, signal);
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = answerOn(socket, signal);
    socket.write(`z${word}\0`);
    return await answer;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

/**
 * Streams bytes to clamd while it reads them, and returns clamd's answer. Each chunk is sent after its length in four
 * bytes; a length of zero ends them. Throws ScannerGone, or SourceFailed when the bytes end with an error.
 */
export async function instream(path: string, source: AsyncIterable<Uint8Array>, session: Session): Promise<string> {
  const { signal, onMove } = session;
  const socket = await open(path, signal);
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let answered = false;
    const answer = answerOn(socket, signal).finally(() => {
      answered = true;
    });
    answer.catch(() => undefined); // awaited below, or given up with the source's own error
    socket.write("zINSTREAM\0");
    onMove("source");
    for await (const chunk of guarded(source)) {
      // Beyond its limit clamd answers before it has received everything.
      if (answered) break;
      if (chunk.length === 0) continue;
      onMove("clamd");
      if (!send(socket, chunk)) await Promise.race([drained(socket), answer]);
      onMove("source");
    }
    onMove("clamd");
    if (!answered) socket.write(Buffer.alloc(4));
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

function send(socket: Socket, chunk: Uint8Array): boolean {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(chunk.length);
  socket.cork();
  socket.write(length);
  const more = socket.write(chunk);
  socket.uncork();
  return more;
}

const drained = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("drain", () => resolve()));

async function* guarded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw new SourceFailed("The file could not be read.", { cause });
  }
}
