import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Reads a request's body; one that is too large is not waited for, and the connection ends after the refusal. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<Buffer | "too large" | "aborted"> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return drop(request, response);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) return drop(request, response);
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (request.destroyed) return "aborted";
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Lets the rest of a body run out for a moment, so that the client gets to read the refusal, then hangs up. */
function drop(request: IncomingMessage, response: ServerResponse): "too large" {
  const hangUp = setTimeout(() => request.socket.destroy(), 5000);
  response.once("close", () => clearTimeout(hangUp));
  pipeline(request, new PassThrough().resume()).catch(() => request.socket.destroy());
  return "too large";
}
