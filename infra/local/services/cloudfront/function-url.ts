/**
 * Between the edge and a function behind a URL: the event a request becomes, and the HTTP response that the function's
 * answer becomes, buffered or streamed ("Invoking Lambda function URLs" and "Response streaming").
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { VIEWER_ADDRESS } from "../../declaration.ts";
import type { FunctionResponse } from "../lambda/function.ts";
import {
  type HttpAnswer,
  type HttpEvent,
  headersOf,
  MalformedAnswer,
  type Prelude,
  readAnswer,
  readPrelude,
  sourceIpOf,
  targetOf,
  toHttpEvent,
} from "../lambda/http-event.ts";

const PRELUDE_END = Buffer.alloc(8);
const MAX_PRELUDE_BYTES = 256 * 1024;
const INTEGRATION_RESPONSE = "application/vnd.awslambda.http-integration-response";
const TEXT = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded)\b|[^;]+\+(json|xml)\b)/i;
/** Headers that only the edge itself may set. */
const THE_EDGES_OWN = /^(expect|x-forwarded-.*|forwarded|via|x-real-ip|x-amz-cf-.*|cloudfront-.*)$/;

/** The event of a request. The address of the client and the host it asked for are told in x-forwarded-*, as the edge does. */
export function toEvent(request: IncomingMessage, body: Buffer): HttpEvent {
  const sourceIp = sourceIpOf(request);
  const headers = {
    ...headersOf(request, THE_EDGES_OWN),
    "x-forwarded-for": sourceIp,
    [VIEWER_ADDRESS]: sourceIp,
    "x-forwarded-host": request.headers.host ?? "",
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(request.socket.localPort ?? ""),
  };
  return toHttpEvent(request, body, {
    accountId: "anonymous",
    requestId: randomUUID(),
    routeKey: "$default",
    rawPath: targetOf(request).path,
    headers,
    text: TEXT,
    now: Date.now(),
  });
}

export async function toHttpAnswer(response: FunctionResponse): Promise<HttpAnswer> {
  if (response.mode === "buffered") return readAnswer(response.payload);
  if (response.contentType !== INTEGRATION_RESPONSE) {
    return {
      status: 200,
      headers: { "content-type": response.contentType },
      head: Buffer.alloc(0),
      rest: response.body,
    };
  }
  return fromStream(response.body);
}

/** Reads the JSON prelude that ends with eight NUL bytes; what follows it stays in the stream. */
async function fromStream(body: Readable): Promise<HttpAnswer> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const end = seen.indexOf(PRELUDE_END);
    if (end >= 0) {
      const prelude = JSON.parse(seen.subarray(0, end).toString()) as Prelude;
      const read = readPrelude(prelude);
      // A stream's length is what came of it: OpenNext says 0 before it writes its one word.
      if (read.headers["content-length"] === "0") delete read.headers["content-length"];
      return { ...read, head: seen.subarray(end + PRELUDE_END.length), rest: body };
    }
    if (seen.length > MAX_PRELUDE_BYTES) throw new MalformedAnswer("The response's prelude has no end");
    const chunk = await nextChunk(body);
    if (!chunk) throw new MalformedAnswer("The response ended inside its prelude");
    seen = Buffer.concat([seen, chunk]);
  }
}

function nextChunk(body: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      const chunk = body.read() as Buffer | null;
      if (chunk !== null) settle(() => resolve(chunk));
      else if (body.readableEnded) settle(() => resolve(undefined));
    };
    const failed = (error: Error): void => settle(() => reject(error));
    const ended = (): void => settle(() => resolve(undefined));
    const settle = (done: () => void): void => {
      body.off("readable", attempt).off("error", failed).off("end", ended).off("close", ended);
      done();
    };
    body.on("readable", attempt).on("error", failed).on("end", ended).on("close", ended);
    if (body.errored) failed(body.errored);
    else if (body.destroyed) ended();
    else attempt();
  });
}
