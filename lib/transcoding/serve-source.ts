import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomToken } from "#lib/kernel/id.ts";

/** A file to read from; ends are exclusive. It resumes by itself when a read breaks off. */
export type Source = {
  size: number;
  stream(start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
};

export type ServedSource = {
  /**
   * A loopback URL for this process's children: it needs no credentials, ends with this process, and gives access to
   * nothing else.
   */
  url: string;
  /** The error that prevented reading bytes, if there was one. */
  readonly failure: unknown;
  close(): void;
};

/**
 * Serves one source over HTTP with ranges, to ffmpeg. It is between ffmpeg and S3, so ffmpeg never sees a signed URL,
 * needs no other address than this one, and does not notice when a read is repeated.
 */
export async function serveSource(source: Source, onBytes: () => void = () => {}): Promise<ServedSource> {
  const path = `/${randomToken()}`;
  let failure: unknown;
  const server = createServer((request, response) => {
    answer(source, path, request, response, onBytes).catch((error: unknown) => {
      failure ??= error;
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    get failure() {
      return failure;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  source: Source,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  onBytes: () => void,
): Promise<void> {
  if (request.url !== path) return void response.writeHead(404).end();
  const range = readRange(request.headers.range, source.size);
  if (!range) return void response.writeHead(416, { "Content-Range": `bytes */${source.size}` }).end();
  const { start, end } = range;
  response.writeHead(request.headers.range ? 206 : 200, {
    "Accept-Ranges": "bytes",
    "Content-Length": end - start,
    ...(request.headers.range ? { "Content-Range": `bytes ${start}-${end - 1}/${source.size}` } : {}),
  });
  if (request.method === "HEAD" || end === start) return void response.end();
  const left = new AbortController();
  response.once("close", () => left.abort());
  try {
    for await (const chunk of source.stream(start, end, left.signal)) {
      onBytes();
      if (!response.write(chunk)) await once(response, "drain", { signal: left.signal });
    }
  } catch (error) {
    // ffmpeg seeks by closing the connection and sending a new request.
    if (left.signal.aborted) return;
    throw error;
  }
  response.end();
}

/** The range of `bytes=5-` or `bytes=5-9`; without one, all of it. Undefined for a range that can't be answered. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  if (!header) return { start: 0, end: size };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header) ?? [];
  if (first === undefined || Number(first) >= size) return undefined;
  return { start: Number(first), end: last ? Math.min(Number(last) + 1, size) : size };
}
