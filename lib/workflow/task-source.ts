import { SourceGone, SourceUnreachable } from "#lib/inspection/url-source.ts";
import { currentMeter } from "#lib/metering/meter.ts";
import type { TaskFile } from "./task.schema.ts";
import type { TaskClient } from "./task-client.ts";

export type ByteRange = { start: number; end: number };

/** A file of a task, read by signed URL; another one is asked for when it has expired. */
export type TaskSource = {
  size: number;
  /** All of it, or from `start` up to but not including `end`. SourceGone when it is no longer there. */
  stream(signal?: AbortSignal, range?: ByteRange): AsyncGenerator<Uint8Array>;
  read(start: number, end: number): Promise<Uint8Array>;
};

export function taskSource({ call }: Pick<TaskClient, "call">, { ordinal, size, url }: TaskFile): TaskSource {
  let signed = url;
  async function request(signal: AbortSignal | undefined, { start, end }: ByteRange): Promise<Response> {
    for (let renewed = false; ; renewed = true) {
      signed ??= (await call({ do: "url", ordinal })).url;
      const response = await get(signed, start, end, signal);
      if (response.status !== 403 || renewed) return response;
      await response.body?.cancel();
      signed = undefined;
    }
  }
  async function* stream(signal?: AbortSignal, range: ByteRange = { start: 0, end: size }) {
    if (range.start >= range.end) return;
    const response = await request(signal, range);
    if (response.status === 206 && response.body) yield* response.body;
    else {
      await response.body?.cancel();
      if (response.status === 404) throw new SourceGone("There is no object of this file.");
      throw new SourceUnreachable(`Storage answered with ${response.status}.`);
    }
  }
  return {
    size,
    stream,
    read: async (start, end) => Buffer.concat(await Array.fromAsync(stream(undefined, { start, end }))),
  };
}

/** Its errors never name the URL. */
function get(url: string, start: number, end: number, signal: AbortSignal | undefined): Promise<Response> {
  currentMeter()?.count("s3", "GetObject", { requests: 1 });
  return fetch(url, {
    headers: { range: `bytes=${start}-${end - 1}` },
    redirect: "error",
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new SourceUnreachable("Storage did not answer.", { cause });
  });
}
