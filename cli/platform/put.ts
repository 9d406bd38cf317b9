import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import {
  classify,
  noAnswer,
  type PutOutcome,
  type PutPart,
  type PutRequest,
  STALL_MS,
  STALLED,
} from "#lib/upload-engine/put.ts";
import { chunksOf } from "./disk-blob.ts";

/** Large enough that system calls cost little, small enough that dozens of connections hold little. */
const CHUNK_BYTES = 256 * 1024;
/** S3's error answers are shorter. */
const MAX_ANSWER_CHARS = 64 * 1024;

/** Connections stay open between parts. A proxy is taken from the environment, as other programs do. */
const options = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, proxyEnv: process.env };
const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };

/** Begins a request of S3 over a connection that is kept open between requests. */
export const requestStorage = (url: string, init: { method: string; headers: Record<string, string | number> }) =>
  url.startsWith("https:")
    ? httpsRequest(url, { ...init, agent: agents.https })
    : httpRequest(url, { ...init, agent: agents.http });

/** Ends connections that wait for another request, so that the program can end. */
export function closeIdleConnections(): void {
  agents.http.destroy();
  agents.https.destroy();
}

const idleBuffers: Uint8Array<ArrayBuffer>[][] = [];

/**
 * Sends a part with Node's HTTP client, streamed from the disk: one buffer is filled while the other is sent. A
 * connection that was kept open and that S3 had closed meanwhile is replaced once.
 */
export const putFromDisk: PutPart = async (request) =>
  (await attempt(request)) ?? (await attempt(request)) ?? noAnswer("unanswered", "The connection failed.");

/** Undefined when the connection was closed before it was used again. */
function attempt({ url, headers, body, onProgress, signal, stallFactor }: PutRequest): Promise<PutOutcome | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(noAnswer("aborted", ""));
    const request = requestStorage(url, { method: "PUT", headers: { ...headers, "content-length": body.size } });
    let timer: NodeJS.Timeout | undefined;
    let isSent = false;
    let loaded = 0;
    let answer: { status: number; text: string } | undefined;
    const finish = (outcome: PutOutcome | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(outcome);
    };
    const end = (outcome: PutOutcome | undefined) => {
      finish(outcome);
      request.destroy();
    };
    const abort = () => end(noAnswer("aborted", ""));
    const watch = () => {
      clearTimeout(timer);
      const stalled = { ...noAnswer("unanswered", "Nothing moved any more."), code: STALLED };
      timer = setTimeout(() => end(stalled), STALL_MS * stallFactor);
    };
    const fail = (error: Error & { code?: string }) => {
      // S3 may refuse a part while it is sent, and close the connection.
      if (answer) return end(classify(answer.status, answer.text));
      const isOld =
        request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE") && loaded < body.size;
      end(isOld ? undefined : noAnswer("unanswered", error.message));
    };
    const read = async (response: IncomingMessage) => {
      const received = { status: response.statusCode ?? 0, text: "" };
      answer = received;
      response.setEncoding("utf8");
      for await (const text of response) if (received.text.length < MAX_ANSWER_CHARS) received.text += text;
      const outcome = classify(received.status, received.text);
      if (isSent) finish(outcome);
      else end(outcome);
    };
    signal.addEventListener("abort", abort, { once: true });
    request.on("error", fail);
    request.on("response", (response) => void read(response).catch(fail));
    watch();
    const progress = (bytes: number) => {
      loaded += bytes;
      onProgress(loaded);
      watch();
    };
    void send(request, body, progress).then(() => {
      isSent = true;
    }, fail);
  });
}

/** Resolves when the last byte was handed to the system. Rejects when the file changed; the part is then not complete. */
async function send(
  request: ReturnType<typeof requestStorage>,
  body: Blob,
  onSent: (bytes: number) => void,
): Promise<void> {
  const buffers = idleBuffers.pop() ?? [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  const closed = new Promise<void>((resolve) => request.once("close", resolve));
  let last = Promise.resolve();
  for await (const chunk of chunksOf(body, buffers)) {
    await last;
    if (request.destroyed) return;
    const written = new Promise<void>((resolve, reject) => {
      request.write(chunk, (error) => {
        if (error) return reject(error);
        onSent(chunk.length);
        resolve();
      });
    });
    last = Promise.race([written, closed]);
    // Seen when the next chunk has been read.
    last.catch(() => undefined);
  }
  await last;
  request.end();
  // After an error the system may still read the buffers.
  if (!request.destroyed) idleBuffers.push(buffers);
}
