import type { GrantedFile, GrantsOutput } from "../downloads/download.schema.ts";
import { DownloadRefused } from "./errors.ts";
import { RetryPauses } from "./retry-pauses.ts";
import type { Runtime } from "./runtime.ts";

export type DownloadFile = { ordinal: number; size: number };

/** The most files that the app accepts in one call. */
const MAX_BATCH = 50;
/**
 * A batch ends with the file that reaches this size: a grant counts as a download, so it is not requested long before
 * it is needed.
 */
const BATCH_BYTES = 64 * 1024 ** 2;
/** The next batch is requested when no more than this many files, and bytes, of the last one are left. */
const AHEAD_FILES = 25;
const AHEAD_BYTES = 16 * 1024 ** 2;
/** A URL is not used any more from this many milliseconds before it expires. */
const MARGIN_MS = 10_000;

type Known = { url: string; grant: string; until: number; crc64?: string };

/**
 * URLs of files in S3, requested just in time and in batches, in the order in which they will be needed. An expired URL
 * is signed again with its grant, so that its download is not counted twice.
 */
export class Grants {
  readonly #endpoint: string;
  readonly #order: readonly DownloadFile[];
  readonly #place: Map<number, number>;
  readonly #runtime: Runtime;
  readonly #known = new Map<number, Known>();
  readonly #asked = new Map<number, Promise<void>>();
  /** Files before this position were requested. */
  #seen = 0;
  readonly #refused = new Map<number, DownloadRefused>();

  /** `endpoint`: the URL for grants, `/t/<token>/files/grants`. */
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

  /** Says that S3 does not accept the URL any more. */
  expire(ordinal: number): void {
    const known = this.#known.get(ordinal);
    if (known) known.until = 0;
  }

  /** Says that the URL is not needed any more. */
  finish(ordinal: number): void {
    this.#known.delete(ordinal);
  }

  /** Requests the next batch before the last one is used up. */
  #lookAhead(ordinal: number, signal: AbortSignal): void {
    let bytes = 0;
    const from = this.#place.get(ordinal) ?? 0;
    for (const next of this.#order.slice(from, from + AHEAD_FILES)) {
      if (next.size > 0 && !this.#isSeen(next.ordinal)) {
        // An error here is ignored: the same request is repeated when the file is needed, and its error is reported
        // then.
        void this.#ask(this.#batchFrom(next.ordinal), signal).catch(() => undefined);
        return;
      }
      bytes += next.size;
      if (bytes > AHEAD_BYTES) return;
    }
  }

  /** A finished file stays in the list, so that it is not requested twice. */
  #isSeen(ordinal: number): boolean {
    const place = this.#place.get(ordinal) ?? 0;
    return place < this.#seen || this.#asked.has(ordinal);
  }

  #isStale(known: Known): boolean {
    return this.#runtime.now() > known.until;
  }

  /** An expired file is requested together with other expired ones, a new file together with those after it. */
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

/** POSTs JSON, or GETs if there is no body. Retries while there is no answer or a server error. */
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
      // TooManyDownloads lasts up to an hour, so the person is told instead of waiting.
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
    // Something in between answered instead of the app.
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  return new DownloadRefused("Refused", status, `The download was refused (${status}).`);
}
