import type { GrantedFile, GrantsOutput } from "../downloads/download.schema.ts";
import { DownloadRefused } from "./errors.ts";
import { RetryPauses } from "./retry-pauses.ts";
import type { Runtime } from "./runtime.ts";

export type DownloadFile = { ordinal: number; size: number };

/** What the app takes in one call. */
const MAX_BATCH = 50;
/** A batch ends with the file that reaches this: what is granted is counted, so it is not taken long before its turn. */
const BATCH_BYTES = 64 * 1024 ** 2;
/** The next batch is asked for while so many files, and of them so many bytes, are still to come from the last. */
const AHEAD_FILES = 25;
const AHEAD_BYTES = 16 * 1024 ** 2;
/** Milliseconds before its end from which on a URL is not used any more. */
const MARGIN_MS = 10_000;

type Known = { url: string; grant: string; until: number; crc64?: string };

/**
 * URLs of files at S3, taken just in time and in batches, in the order in which they will be wanted. One that has
 * expired is signed anew with its grant, so that its download is not counted twice.
 */
export class Grants {
  readonly #endpoint: string;
  readonly #order: readonly DownloadFile[];
  readonly #place: Map<number, number>;
  readonly #runtime: Runtime;
  readonly #known = new Map<number, Known>();
  readonly #asked = new Map<number, Promise<void>>();
  /** Files before this place were asked for. */
  #seen = 0;
  readonly #refused = new Map<number, DownloadRefused>();

  /** `endpoint`: where grants are asked for, `/t/<token>/files/grants`. */
  constructor(endpoint: string, order: readonly DownloadFile[], runtime: Runtime) {
    this.#endpoint = endpoint;
    this.#order = order;
    this.#place = new Map(order.map(({ ordinal }, place) => [ordinal, place]));
    this.#runtime = runtime;
  }

  /** Throws DownloadRefused with the app's sentence. */
  async urlOf(ordinal: number, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const refusal = this.#refused.get(ordinal);
      if (refusal) throw refusal;
      const known = this.#known.get(ordinal);
      if (known && !this.#isStale(known)) {
        this.#lookAhead(ordinal, signal);
        return known.url;
      }
      await (this.#asked.get(ordinal) ?? this.#ask(this.#batchFrom(ordinal), signal));
    }
  }

  /** CRC64NVME of the whole in base64, once its URL is known. */
  crcOf(ordinal: number): string | undefined {
    return this.#known.get(ordinal)?.crc64;
  }

  /** S3 takes the URL no longer. */
  expire(ordinal: number): void {
    const known = this.#known.get(ordinal);
    if (known) known.until = 0;
  }

  /** It is not needed any more. */
  finish(ordinal: number): void {
    this.#known.delete(ordinal);
  }

  /** Has the next batch signed before the last one is used up. */
  #lookAhead(ordinal: number, signal: AbortSignal): void {
    let bytes = 0;
    const from = this.#place.get(ordinal) ?? 0;
    for (const next of this.#order.slice(from, from + AHEAD_FILES)) {
      if (next.size > 0 && !this.#isSeen(next.ordinal)) {
        // What fails here fails again when its turn comes, and is told then.
        void this.#ask(this.#batchFrom(next.ordinal), signal).catch(() => undefined);
        return;
      }
      bytes += next.size;
      if (bytes > AHEAD_BYTES) return;
    }
  }

  /** A file that is done is not forgotten: it is not asked for twice. */
  #isSeen(ordinal: number): boolean {
    const place = this.#place.get(ordinal) ?? 0;
    return place < this.#seen || this.#asked.has(ordinal);
  }

  #isStale(known: Known): boolean {
    return this.#runtime.now() > known.until;
  }

  /** With a file that has expired go others that have; with a new one those that come after it. */
  #batchFrom(ordinal: number): number[] {
    const free = (other: number) => other === ordinal || !this.#asked.has(other);
    if (this.#known.has(ordinal)) {
      const stale = [...this.#known].flatMap(([other, known]) => (this.#isStale(known) && free(other) ? other : []));
      return [ordinal, ...stale.filter((other) => other !== ordinal)].slice(0, MAX_BATCH);
    }
    const batch: number[] = [];
    let bytes = 0;
    for (let place = this.#place.get(ordinal) ?? 0; place < this.#order.length && batch.length < MAX_BATCH; place++) {
      const next = this.#order[place];
      if (!next || (batch.length > 0 && bytes >= BATCH_BYTES)) break;
      bytes += next.size;
      if (next.size === 0 && next.ordinal !== ordinal) continue;
      if (free(next.ordinal) && !this.#known.has(next.ordinal)) batch.push(next.ordinal);
    }
    return batch;
  }

  #ask(batch: number[], signal: AbortSignal): Promise<void> {
    const asking = this.#call(batch, signal).finally(() => {
      for (const ordinal of batch) this.#asked.delete(ordinal);
    });
    for (const ordinal of batch) this.#asked.set(ordinal, asking);
    return asking;
  }

  async #call(batch: number[], signal: AbortSignal): Promise<void> {
    const files = batch.map((ordinal) => ({ ordinal, grant: this.#known.get(ordinal)?.grant }));
    const output = await callApp<GrantsOutput>(this.#endpoint, { files }, this.#runtime, signal);
    for (const ordinal of batch) this.#seen = Math.max(this.#seen, (this.#place.get(ordinal) ?? 0) + 1);
    const until = this.#runtime.now() + Math.max(output.expiresIn * 1000 - MARGIN_MS, MARGIN_MS);
    for (const file of output.files) {
      if ("error" in file) {
        this.#refused.set(file.ordinal, new DownloadRefused(file.error.code, 409, file.error.message));
        continue;
      }
      const { grant, crc64 } = file;
      this.#known.set(file.ordinal, { url: urlOf(output, file), grant, until, ...(crc64 ? { crc64 } : {}) });
    }
  }
}

const urlOf = ({ origin, prefix, query }: GrantsOutput, { ordinal, signature }: GrantedFile): string =>
  `${origin}${prefix}${ordinal}?${query}&X-Amz-Signature=${signature}`;

/** POSTs JSON, or GETs where there is no body; tries again while nothing or a server's failure comes back. */
export async function callApp<T>(url: string, body: unknown, runtime: Runtime, signal: AbortSignal): Promise<T> {
  const init: RequestInit =
    body === undefined
      ? { signal }
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal };
  for (const patience = new RetryPauses(runtime); ; ) {
    let cause: unknown;
    try {
      const answer = await runtime.fetch(url, { cache: "no-store", ...init });
      const said = await answer.text();
      if (answer.ok) return JSON.parse(said) as T;
      const refusal = refusalOf(answer.status, said);
      // Too many downloads rest for up to an hour: nobody waits for that without being told.
      if (answer.status < 500 && (answer.status !== 429 || refusal.code === "TooManyDownloads")) throw refusal;
      cause = refusal;
    } catch (error) {
      if (error instanceof DownloadRefused || signal.aborted) throw error;
      cause = error;
    }
    await patience.pause(cause, signal);
  }
}

function refusalOf(status: number, said: string): DownloadRefused {
  try {
    const { error } = JSON.parse(said) as { error?: { code?: string; message?: string } };
    if (error?.message) return new DownloadRefused(error.code ?? "Refused", status, error.message);
  } catch (cause) {
    // Something on the way answered in the app's stead.
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  return new DownloadRefused("Refused", status, `The download was refused (${status}).`);
}
