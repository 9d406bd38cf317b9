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

/** Between tries, in milliseconds. */
const PAUSES_MS = [100, 400, 1600];

/** A file of `size` bytes behind a signed URL, read by ranges. Its errors never name the URL. */
export function urlSource(url: string, size: number): ByteSource {
  async function* stream(start = 0, end = size): AsyncGenerator<Uint8Array> {
    let at = start;
    for (let tries = 0; at < end; tries++) {
      try {
        for await (const chunk of await open(url, at, end)) {
          at += chunk.length;
          if (at > end) throw new SourceUnreachable("More bytes came than were asked for.");
          yield chunk;
        }
        if (at < end) throw new SourceUnreachable("Fewer bytes came than were asked for.");
      } catch (error) {
        const pause = PAUSES_MS[tries];
        if (error instanceof SourceGone || pause === undefined || isFinal(error)) throw error;
        await delay(pause);
      }
    }
  }
  return {
    size,
    stream,
    read: async (start, end) => Buffer.concat(await Array.fromAsync(stream(start, end))),
  };
}

/** Refused for good: another try would be refused as well. */
class Refused extends SourceUnreachable {}
const isFinal = (error: unknown): boolean => error instanceof Refused;

async function open(url: string, start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(url, { headers: { range: `bytes=${start}-${end - 1}` }, redirect: "error" }).catch(
    () => {
      throw new SourceUnreachable("Storage did not answer.");
    },
  );
  const { status, body } = response;
  if (status === 206 && body) return reachable(body);
  await body?.cancel();
  if (status === 404) throw new SourceGone("There is no object of this file.");
  const Kind = status >= 500 || status === 429 ? SourceUnreachable : Refused;
  throw new Kind(`Storage answered with ${status}.`);
}

async function* reachable(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    throw new SourceUnreachable("The connection to storage broke off.");
  }
}
