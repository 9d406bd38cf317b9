/**
 * CloudFront: the only address that browsers see. It follows the behaviours that OpenNext wrote at build time, serves
 * the static files, passes everything else to the web function and streams its answer.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Ledger } from "../../core/ledger.ts";
import { readBody } from "../../core/request-body.ts";
import { SECURITY_HEADERS } from "../../declaration.ts";
import { InvocationError } from "../lambda/function.ts";
import { type HttpAnswer, MalformedAnswer } from "../lambda/http-event.ts";
import type { LambdaFunction } from "../lambda/runner.ts";
import { openAssets } from "./assets.ts";
import { createErrorCache, type ErrorCache } from "./error-cache.ts";
import { toEvent, toHttpAnswer } from "./function-url.ts";

/** Larger bodies are refused, because CloudFront signs bodies for the function's URL only up to this size. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The methods that a distribution can allow; requests with other methods do not reach its origins. */
const METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"];

/** The status of each kind of failed invocation; all others are 502. */
const FAILURES: Record<string, [status: number, sentence: string]> = {
  TooManyRequests: [429, "Too many requests at once; please try again."],
  RequestTooLarge: [413, "The request is larger than a function may receive."],
  Timeout: [504, "The app took too long to answer."],
};

type OriginName = "s3" | "default" | "imageOptimizer";

export type DistributionOptions = {
  /** The `.open-next` directory of the build. */
  build: string;
  web: Pick<LambdaFunction, "invoke">;
  ledger: Ledger;
  port: number;
  onError?: (message: string) => void;
  errors?: ErrorCache;
};

/** An HTTP server that is not listening yet; it answers for localhost and loopback addresses with this port alone. */
export function createDistribution(options: DistributionOptions): Server {
  const { build, web, ledger, onError = () => {}, errors = createErrorCache() } = options;
  const originOf = readBehaviours(join(build, "open-next.output.json"));
  const assets = openAssets(join(build, "assets"));
  // With port 0 (in tests) the port is known only once the server listens.
  const hosts = (request: IncomingMessage): string[] => {
    const port = options.port || request.socket.localPort;
    return ["localhost", "127.0.0.1", "[::1]"].flatMap((name) =>
      port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
    );
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of another site whose name was pointed at this machine must not reach it (DNS rebinding).
    if (!hosts(request).includes((request.headers.host ?? "").toLowerCase())) {
      return sendError(request, response, 421, "WrongHost", "This address belongs to localhost; open Dormouse there.");
    }
    if (!METHODS.includes(request.method ?? "")) {
      response.setHeader("allow", METHODS.join(", "));
      return sendError(request, response, 405, "MethodNotAllowed", "Nothing here is asked for in this way.");
    }
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (!path.startsWith("/")) return sendError(request, response, 400, "BadRequest", "The request names no path.");
    const origin = originOf(path);
    if (origin === "default") return invoke(request, response);
    const reading = request.method === "GET" || request.method === "HEAD";
    if (origin === "s3" && reading && (await assets.serve(request, response, path))) return;
    return sendError(request, response, origin === "s3" && !reading ? 405 : 404, "NotFound", "There is nothing here.");
  }

  async function invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, response, MAX_BODY_BYTES);
    if (body === "aborted") return;
    if (body === "too large") {
      response.setHeader("connection", "close");
      return sendError(
        request,
        response,
        413,
        "RequestTooLarge",
        "A request to the app is limited to 1 MB; files travel straight to storage.",
      );
    }
    const { url = "/" } = request;
    const reading = request.method === "GET" || request.method === "HEAD";
    const kept = reading ? errors.find(url) : undefined;
    if (kept) {
      response.writeHead(kept.status, {
        ...kept.headers,
        "x-cache": "Error from cloudfront",
        age: String(kept.age),
      });
      return void response.end(request.method === "HEAD" ? undefined : kept.body);
    }
    let answered: HttpAnswer;
    try {
      answered = await toHttpAnswer(await web.invoke(toEvent(request, body)));
      if (request.method === "GET") answered = await errors.keep(url, answered);
    } catch (error) {
      return refuse(request, response, error);
    }
    if (response.destroyed) return void answered.rest?.resume();
    response.writeHead(answered.status, answered.headers);
    if (answered.head.length > 0) response.write(answered.head);
    if (!answered.rest) return void response.end();
    // A client that closes its connection must not stop the function: the rest of the answer is read and dropped.
    const rest = answered.rest;
    response.once("close", () => rest.unpipe(response).resume());
    rest.once("error", () => response.destroy());
    response.flushHeaders();
    rest.pipe(response);
  }

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (!(error instanceof InvocationError) && !(error instanceof MalformedAnswer)) onError(`web: ${String(error)}`);
    const code = error instanceof InvocationError ? error.code : "MalformedAnswer";
    const [status, sentence] = FAILURES[code] ?? [502, "The app failed to answer. Its log says why."];
    sendError(request, response, status, code, sentence);
  }

  return createServer((request, response) => {
    const from = performance.now();
    const before = request.socket.bytesWritten;
    response.once("close", () => {
      const bytesOut = Math.max(0, request.socket.bytesWritten - before);
      const units = { requests: 1, bytesOut };
      ledger({ service: "cloudfront", operation: request.method ?? "GET", units, ms: performance.now() - from });
    });
    // These headers replace those that the origin sets itself.
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    answer(request, response).catch((error: unknown) => {
      if (!response.destroyed) onError(`router: ${error instanceof Error ? error.message : String(error)}`);
      response.destroy();
    });
  });
}

/** Which origin serves a path: CloudFront takes the first pattern that matches, and `*` last. */
function readBehaviours(file: string): (path: string) => OriginName {
  const { behaviors } = JSON.parse(readFileSync(file, "utf8")) as {
    behaviors: { pattern: string; origin: OriginName }[];
  };
  const rules = behaviors
    .filter(({ pattern }) => pattern !== "*")
    .map(({ pattern, origin }) => ({ test: toRegExp(pattern), origin }));
  return (path) => rules.find(({ test }) => test.test(path))?.origin ?? "default";
}

/** Patterns know `*` (any characters) and `?` (one); the leading slash is optional. */
function toRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/^\//, "").replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^/${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}

/** A short error of CloudFront's own, as JSON for programs and as a plain sentence for people. */
function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  sentence: string,
): void {
  const wantsPage = String(request.headers.accept ?? "").includes("text/html");
  const body = wantsPage
    ? `<!doctype html><html lang="en"><title>Dormouse</title><p>${sentence}</p></html>\n`
    : `${JSON.stringify({ code, message: sentence })}\n`;
  response.writeHead(status, {
    "content-type": wantsPage ? "text/html; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
