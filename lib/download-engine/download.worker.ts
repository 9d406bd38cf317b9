/**
 * The service worker that streams downloads. It answers URLs below `/download/` with the download that the page has
 * requested, and handles no other request of the app. Bundled to `public/download-worker.js`.
 */
import { asVisible } from "./errors.ts";
import { browserRuntime } from "./runtime.ts";
import { openStream, saveHeaders } from "./stream-job.ts";
import { type FromWorker, type StreamJob, type ToJob, type ToWorker, WORKER_SCOPE } from "./stream-protocol.ts";

type MessageEventOf<T> = { data: T; ports: readonly MessagePort[]; waitUntil(work: Promise<unknown>): void };
type FetchEventLike = { request: Request; respondWith(answer: Promise<Response> | Response): void };

// Guarantee: this script only runs as a service worker; TypeScript's library has either pages or workers.
const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEventOf<ToWorker>) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEventLike) => void): void;
};

/**
 * While a download runs the worker sends a message at least this often, and the page answers, which keeps the worker
 * alive.
 */
const TICK_MS = 5_000;

/**
 * Chromium, the only browser with this API, copies a stream's chunks at once. It is also the one that needs reused
 * buffers.
 */
const COPIES = "userAgentData" in navigator;

const jobs = new Map<string, { job: StreamJob; port: MessagePort }>();

scope.addEventListener("message", ({ data, ports }) => {
  const [port] = ports;
  if (data.type !== "begin" || !port) return;
  jobs.set(data.job.id, { job: data.job, port });
  port.postMessage({ type: "ready" } satisfies FromWorker);
});

scope.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (!pathname.startsWith(WORKER_SCOPE)) return;
  event.respondWith(answer(pathname.slice(WORKER_SCOPE.length).split("/")[0] ?? ""));
});

async function answer(id: string): Promise<Response> {
  const found = jobs.get(id);
  // A download is started only once: its grants are used up, and the browser can't resume a stream.
  jobs.delete(id);
  if (!found) return new Response("This download has ended. Start it again on its page.\n", { status: 410 });
  const { job, port } = found;
  const ticking = setInterval(() => port.postMessage({ type: "progress", ...last } satisfies FromWorker), TICK_MS);
  const last = { bytes: 0, files: 0 };
  const tell = (message: FromWorker) => {
    if (message.type === "progress") Object.assign(last, { bytes: message.bytes, files: message.files });
    if (message.type === "done" || message.type === "failed" || message.type === "cancelled") clearInterval(ticking);
    port.postMessage(message);
  };
  try {
    const { body, total, cancel } = await openStream(job, browserRuntime, tell, { reuse: COPIES });
    port.onmessage = ({ data }: MessageEvent<ToJob>) => {
      if (data.type === "cancel") cancel(new DOMException("The download was cancelled.", "AbortError"));
    };
    tell({ type: "begun", total });
    return new Response(body, { headers: saveHeaders(job.name, total) });
  } catch (error) {
    const { code, message } = asVisible(error);
    tell({ type: "failed", error: { code, message } });
    return new Response(`${message}\n`, { status: 500 });
  }
}
