/**
 * The service worker that streams downloads: it answers addresses below `/download/` with what the page has asked it to
 * make, and sees no other request of the app. Bundled to `public/download-worker.js`.
 */
import { asVisible } from "./errors.ts";
import { browserRuntime } from "./runtime.ts";
import { openStream, saveHeaders } from "./stream-job.ts";
import { type FromWorker, type StreamJob, type ToJob, type ToWorker, WORKER_SCOPE } from "./stream-protocol.ts";

type MessageEventOf<T> = { data: T; ports: readonly MessagePort[]; waitUntil(work: Promise<unknown>): void };
type FetchEventLike = { request: Request; respondWith(answer: Promise<Response> | Response): void };

// Guarantee: this script runs as a service worker alone; TypeScript's library has either pages or workers.
const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEventOf<ToWorker>) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEventLike) => void): void;
};

/** While a download goes on the page hears from it at least so often, and answers, which keeps the worker awake. */
const TICK_MS = 5_000;

/** Chromium, by an API that no one else has, copies what a stream gives it at once. It is also the one that needs it. */
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
  // A download is begun once: its grants are used, and the browser can't go on with a stream.
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
