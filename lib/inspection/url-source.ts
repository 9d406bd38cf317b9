import { setTimeout as delay } from "node:timers/promises";
import type { ByteSource } from "./source.ts";

/** There is nothing any more where the URL points. */
export class SourceGone extends Error {
  override readonly name = "SourceGone";
}

/** The bytes could not be had, which is no fault of the file. */
export class SourceUnreachable extends Error {
  override readonly name = "SourceUnreachable";
}

/** Between tries, in milliseconds; counted anew whenever bytes have come. */
const PAUSES_MS = [100, 400, 1600];

export type UrlSource = Omit<ByteSource, "stream"> & {
  stream(start?: number, end?: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
};

export type UrlOptions = {
  /** Gets another URL when the first has expired. */
  renew?: () => Promise<string>;
  onRequest?: () => void;
};

/**
 * A file of `size` bytes behind a signed URL, read by ranges. A read that breaks off goes on where it was. Throws SourceGone
 * or SourceUnreachable; no error names the URL.
 */
export function urlSource(url: string, size: number, { renew, onRequest = () => {} }: UrlOptions = {}): UrlSource {
  let signed = url;
  async function* stream(start = 0, end = size, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    let at = start;
    let tries = 0;
    let renewed = false;
    while (at < end) {
      try {
        onRequest();
        for await (const chunk of await open(signed, at, end, signal)) {
          at += chunk.length;
          if (at > end) throw new SourceUnreachable("More bytes came than were asked for.");
          [tries, renewed] = [0, false];
          yield chunk;
        }
        if (at < end) throw new SourceUnreachable("Fewer bytes came than were asked for.");
      } catch (error) {
        signal?.throwIfAborted();
        const pause = PAUSES_MS[tries++];
        if (renew && !renewed && error instanceof Refused && error.status === 403) {
          signed = await renew();
          renewed = true;
        } else if (error instanceof SourceGone || error instanceof Refused || pause === undefined) throw error;
        else await delay(pause, undefined, signal ? { signal } : {});
      }
    }
  }
  return {
    size,
    stream,
    read: async (start, end) => Buffer.concat(await Array.fromAsync(stream(start, end))),
  };
}

/** Another try with the same URL would be refused as well. */
class Refused extends SourceUnreachable {
  readonly status: number;
  constructor(status: number) {
    super(`Storage answered with ${status}.`);
    this.status = status;
  }
}

async function open(
  url: string,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = { range: `bytes=${start}-${end - 1}` };
  const response = await fetch(url, { headers, redirect: "error", ...(signal ? { signal } : {}) }).catch(() => {
    throw new SourceUnreachable("Storage did not answer.");
  });
  const { status, body } = response;
  if (status === 206 && body) return reachable(body);
  await body?.cancel();
  if (status === 404) throw new SourceGone("There is no object of this file.");
  throw status >= 500 || status === 429
    ? new SourceUnreachable(`Storage answered with ${status}.`)
    : new Refused(status);
}

async function* reachable(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    throw new SourceUnreachable("The connection to storage broke off.");
  }
}
