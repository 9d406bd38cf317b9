import { Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as TlsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { oneLine } from "#lib/kernel/safe-text.ts";
import { publicLookup, requirePublicHost } from "./public-address.ts";
import { AddressNotPublic } from "./webhook.errors.ts";

/** For the whole attempt: name, connection, request and answer. */
export const ATTEMPT_MS = 15_000;
const MAX_ANSWER_BYTES = 16 * 1024;
/** Characters of the answer, or of an error, that are kept. */
const KEPT = 200;

/** Whether the receiver took it (a status of 2xx), and if not, why; `ms` is how long it took, in milliseconds. */
export type Posted = { delivered: boolean; ms: number; status?: number; error?: string };

/**
 * Posts a body to a receiver. Connects to public addresses only, and follows no redirect. Throws nothing: whatever goes
 * wrong is a failed attempt.
 */
export async function postMessage(
  to: string,
  { headers, body }: { headers: Record<string, string>; body: string },
  { lookup = publicLookup(), timeoutMs = ATTEMPT_MS }: { lookup?: LookupFunction; timeoutMs?: number } = {},
): Promise<Posted> {
  const from = performance.now();
  const took = () => Math.round(performance.now() - from);
  try {
    const url = new URL(to);
    requirePublicHost(url);
    const answer = await send(url, { headers, body, lookup, signal: AbortSignal.timeout(timeoutMs) });
    if (answer.status >= 200 && answer.status < 300) return { delivered: true, ms: took(), status: answer.status };
    return { delivered: false, ms: took(), status: answer.status, error: refusal(answer) };
  } catch (error) {
    return { delivered: false, ms: took(), error: fault(error, timeoutMs) };
  }
}

type Sending = { headers: Record<string, string>; body: string; lookup: LookupFunction; signal: AbortSignal };
type Answer = { status: number; location?: string | undefined; text: string };

function send(url: URL, { headers, body, lookup, signal }: Sending): Promise<Answer> {
  const tls = url.protocol === "https:";
  const options = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "Dormouse-Webhooks/1",
      "content-length": Buffer.byteLength(body),
      ...headers,
    },
    lookup,
    signal,
    // An agent of its own: no connection is used twice, so each one has been looked up.
    agent: tls ? new TlsAgent({ keepAlive: false }) : new Agent({ keepAlive: false }),
  };
  return new Promise((resolve, reject) => {
    const request = (tls ? requestHttps : requestHttp)(url, options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Reads no more than `MAX_ANSWER_BYTES`; what comes after them is not waited for. */
async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_ANSWER_BYTES) break;
  }
  const { statusCode = 0, headers } = response;
  return { status: statusCode, location: headers.location, text: Buffer.concat(chunks).toString("utf8") };
}

function refusal({ status, location, text }: Answer): string {
  if (status >= 300 && status < 400 && location) return "It answered with a redirect, which is not followed.";
  return shown(text) || `It answered ${status}.`;
}

function fault(error: unknown, timeoutMs: number): string {
  if (error instanceof AddressNotPublic) return error.message;
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || code === "ABORT_ERR")
    return `No answer came within ${Math.round(timeoutMs / 1000)} seconds.`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "Its name could not be resolved.";
  if (code === "ECONNREFUSED") return "It refused the connection.";
  return shown(message) || "The connection failed.";
}

const shown = (text: string): string => [...oneLine(text.slice(0, KEPT * 4))].slice(0, KEPT).join("");
