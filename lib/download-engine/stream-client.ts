import { VisibleError } from "../kernel/errors.ts";
import {
  addressOf,
  type FromWorker,
  type StreamJob,
  type ToJob,
  type ToWorker,
  WORKER_SCOPE,
  WORKER_SCRIPT,
} from "./stream-protocol.ts";

/** The state of a streamed download; `bytes` were passed to the browser. */
export type StreamState = {
  phase: "starting" | "running" | "done" | "failed" | "cancelled";
  bytes: number;
  files: number;
  /** Why it failed, in a sentence. */
  message?: string;
};

const PING_MS = 5_000;
/** Milliseconds for the worker to start, and for the browser to request the download from it. */
const START_MS = 20_000;

/** A sentence why this browser can't stream a download; undefined when it can, as far as is known beforehand. */
export function streamProblem(): string | undefined {
  if (!globalThis.isSecureContext) return "Your browser makes a zip only on pages that are reached over HTTPS.";
  if (!("serviceWorker" in navigator)) {
    return "Your browser can't make a zip here, as in private windows of Firefox. Open the link in a normal window, or take the files one by one.";
  }
  return undefined;
}

/** A download that the service worker makes and the browser saves. */
export class StreamedDownload {
  readonly #job: StreamJob;
  readonly #tell: (state: StreamState) => void;
  readonly #channel = new MessageChannel();
  readonly #ended = Promise.withResolvers<void>();
  #state: StreamState = { phase: "starting", bytes: 0, files: 0 };
  #worker: ServiceWorker | undefined;
  #pingedAt = 0;
  #frame: HTMLIFrameElement | undefined;
  #starting: ReturnType<typeof setTimeout> | undefined;

  /** Begins at once. `tell` is called with every change until it is done, failed or cancelled. */
  constructor(job: StreamJob, tell: (state: StreamState) => void) {
    this.#job = job;
    this.#tell = tell;
    void this.#start().catch((error: unknown) => this.#fail(error));
  }

  cancel(): void {
    this.#channel.port1.postMessage({ type: "cancel" } satisfies ToJob);
    this.#end({ phase: "cancelled" });
  }

  async #start(): Promise<void> {
    this.#starting = setTimeout(() => this.#fail(new NotBegun()), START_MS);
    this.#worker = await activeWorker();
    // Browsers do not suspend a page in the background that holds a lock.
    void navigator.locks?.request(`dormouse-download-${this.#job.id}`, () => this.#ended.promise);
    this.#channel.port1.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    this.#worker.postMessage({ type: "begin", job: this.#job } satisfies ToWorker, [this.#channel.port2]);
  }

  #hear(message: FromWorker): void {
    this.#ping();
    if (message.type === "ready") {
      this.#frame = openFrame(addressOf(this.#job));
    } else if (message.type === "begun") {
      clearTimeout(this.#starting);
      this.#change({ phase: "running" });
    } else if (message.type === "progress") {
      this.#change({ bytes: message.bytes, files: message.files });
    } else if (message.type === "done") {
      this.#end({ phase: "done", bytes: message.bytes, files: this.#job.entries.length });
    } else if (message.type === "cancelled") {
      this.#end({ phase: "cancelled" });
    } else {
      this.#end({ phase: "failed", message: message.error.message });
    }
  }

  /**
   * Answers the worker, so that the browser does not stop it as idle. In the background timers are suspended, messages
   * are not.
   */
  #ping(): void {
    if (performance.now() - this.#pingedAt < PING_MS) return;
    this.#pingedAt = performance.now();
    this.#worker?.postMessage({ type: "ping" } satisfies ToWorker);
  }

  #fail(error: unknown): void {
    this.#end({ phase: "failed", message: error instanceof VisibleError ? error.message : new NotBegun().message });
  }

  #change(changes: Partial<StreamState>): void {
    if (this.#isOver()) return;
    this.#state = { ...this.#state, ...changes };
    this.#tell(this.#state);
  }

  #isOver(): boolean {
    return this.#state.phase !== "starting" && this.#state.phase !== "running";
  }

  #end(changes: Partial<StreamState>): void {
    if (this.#isOver()) return;
    clearTimeout(this.#starting);
    this.#ended.resolve();
    this.#change(changes);
    // The browser is still writing the bytes that it has received.
    setTimeout(() => {
      this.#frame?.remove();
      this.#channel.port1.close();
    }, 5_000);
  }
}

class NotBegun extends VisibleError {
  constructor() {
    super("NotBegun", 409, "Your browser did not begin the download. Try again, or take the files one by one.");
  }
}

async function activeWorker(): Promise<ServiceWorker> {
  const registration = await navigator.serviceWorker.register(WORKER_SCRIPT, {
    scope: WORKER_SCOPE,
    updateViaCache: "none",
  });
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker) throw new NotBegun();
  while (worker.state !== "activated") {
    if (worker.state === "redundant") throw new NotBegun();
    await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
  }
  return worker;
}

function openFrame(address: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "Download";
  frame.src = address;
  document.body.append(frame);
  return frame;
}
