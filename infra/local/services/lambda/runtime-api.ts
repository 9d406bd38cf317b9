/**
 * The server side of the Runtime API for one instance of a function, which Lambda itself plays on AWS. Events contain
 * cookies and secrets, so it listens on a Unix socket in a folder of this user only: no web page and no other user can
 * reach it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type NextInvocation = { id: string; event: string; deadlineMs: number; functionArn: string };

/** What the runtime inside the instance does, as it happens. */
export type RuntimeEvents = {
  /** It is ready for an invocation: after its initialisation, or after the last invocation. */
  next(): void;
  /** It answers; the body must be read. Errors of a streamed body come as trailers, after the body. */
  response(id: string, body: IncomingMessage): void;
  error(id: string, error: FunctionError): void;
  initError(error: FunctionError): void;
};

/** A function's own failure, as its runtime reports it. */
export type FunctionError = { errorMessage: string; errorType: string; stackTrace?: string[] };

export type RuntimeApi = {
  /** The path of the socket, for AWS_LAMBDA_RUNTIME_API (on AWS: a host and a port). */
  address: string;
  /** Passes an invocation to the runtime, which must be waiting for one. */
  dispatch(invocation: NextInvocation): void;
  close(): void;
};

const PREFIX = "/2018-06-01/runtime/";

export async function serveRuntimeApi(events: RuntimeEvents): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.startsWith(PREFIX) ? request.url.slice(PREFIX.length) : "";
    const [, id = "", verb] = /^invocation\/([\w-]+)\/(response|error)$/.exec(path) ?? [];
    if (request.method === "GET" && path === "invocation/next") {
      waiting = response;
      events.next();
    } else if (request.method === "POST" && verb === "response") {
      request.once("end", () => accept(response));
      events.response(id, request);
    } else if (request.method === "POST" && verb === "error") {
      events.error(id, await readError(request));
      accept(response);
    } else if (request.method === "POST" && path === "init/error") {
      events.initError(await readError(request));
      accept(response);
    } else {
      response.writeHead(404).end();
    }
  }

  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, (request, response) => {
    route(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  const folder = mkdtempSync(join(tmpdir(), "dormouse-runtime-"));
  const address = join(folder, "api.sock");
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(address, resolve));
  return {
    address,
    dispatch({ id, event, deadlineMs, functionArn }) {
      if (!waiting) throw new Error("The runtime is not waiting for an invocation");
      waiting.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": id,
        "lambda-runtime-deadline-ms": String(deadlineMs),
        "lambda-runtime-invoked-function-arn": functionArn,
        "lambda-runtime-trace-id": `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${id.replaceAll("-", "").slice(0, 24)};Sampled=0`,
      });
      waiting.end(event);
      waiting = undefined;
    },
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The failure named in the trailers of a response that broke off; undefined when the response was complete. */
export function trailingError(body: IncomingMessage): FunctionError | undefined {
  const encoded = body.trailers["lambda-runtime-function-error-body"];
  return encoded ? parseError(Buffer.from(encoded, "base64").toString()) : undefined;
}

async function readError(request: IncomingMessage): Promise<FunctionError> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return parseError(Buffer.concat(chunks).toString());
}

function parseError(text: string): FunctionError {
  const { errorMessage = "", errorType = "Error", stackTrace } = JSON.parse(text) as Partial<FunctionError>;
  return { errorMessage, errorType, ...(stackTrace ? { stackTrace } : {}) };
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
}
