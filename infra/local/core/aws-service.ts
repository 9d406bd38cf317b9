/** A service that shares a port with others: its requests, its answers, and its errors in the shape of its protocol. */
import type { IncomingHttpHeaders } from "node:http";
import type { Json } from "./json.ts";
import type { EngineStatus } from "./supervisor.ts";

/** A verified request. */
export type ServiceRequest = {
  requestId: string;
  /** As in the credential's scope: `sqs`, `states`. */
  service: string;
  /** For services that speak AWS JSON, from X-Amz-Target: `SendMessage`. Empty for the others, which have paths. */
  operation: string;
  method: string;
  /** As on the request line, percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Aborted when the client hangs up or the server is closed; it ends a wait for messages. */
  signal: AbortSignal;
};

export type ServiceReply = { status: number; headers?: Record<string, string>; body?: string | Buffer };

export type AwsService = {
  /** As in the scope of a credential; the SDK's SESv2 client says `ses`, the one for Step Functions `states`. */
  names: string[];
  /** Answers, or throws a ServiceError. Any other error is answered as an outage, which the SDK retries. */
  handle(request: ServiceRequest): Promise<ServiceReply>;
  /** Rows for `npm run cloud -- ps`. */
  status(): EngineStatus[];
  /** Stops everything that runs. Called once, after the port is closed. */
  close(): Promise<void>;
};

/** An error of the service, with its name in the service's API, such as `ResourceNotFoundException`. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Members of the error besides its message. */
  readonly details: Record<string, unknown>;
  constructor(
    code: string,
    message: string,
    options: { status?: number; headers?: Record<string, string>; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }
}

/**
 * Runs a deployed function, by name or ARN, and resolves to what it returned. Throws FunctionFailure when the function
 * failed, ServiceError when Lambda refused the call (ResourceNotFoundException, TooManyRequestsException …).
 */
export type InvokeFunction = (nameOrArn: string, event: unknown) => Promise<unknown>;

/** Starts a container with the parameters of a state, in the form of ECS's RunTask, and returns ECS's answer. */
export type RunTask = (parameters: Json) => Promise<Json>;

/** A function's own failure, with the payload that Lambda answers: `{ errorType, errorMessage, … }`. */
export class FunctionFailure extends Error {
  readonly errorType: string;
  readonly payload: { errorType: string; errorMessage: string; trace?: string[] };
  constructor(payload: { errorType: string; errorMessage: string; trace?: string[] }) {
    super(payload.errorMessage);
    this.name = "FunctionFailure";
    this.errorType = payload.errorType;
    this.payload = payload;
  }
}

/** The input of a request whose body is JSON. Throws SerializationException. */
export function readInput(request: ServiceRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const input: unknown = JSON.parse(request.body.toString());
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ServiceError("SerializationException", "The body is not a JSON object.");
}

/** A reply with the output as JSON, in the content type of the request's protocol. */
export function jsonReply(request: ServiceRequest, output: object = {}, status = 200): ServiceReply {
  return { status, headers: { "content-type": contentType(request.headers) }, body: JSON.stringify(output) };
}

const contentType = (headers: IncomingHttpHeaders): string =>
  headers["x-amz-target"] === undefined
    ? "application/json"
    : (headers["content-type"] ?? "application/x-amz-json-1.0");

/** AWS JSON names the error in the body, REST-JSON in a header. */
export function refusal(
  request: { headers: IncomingHttpHeaders },
  { code, status, message, headers, details }: ServiceError,
): ServiceReply {
  const isRest = request.headers["x-amz-target"] === undefined;
  const shape = isRest ? { Type: status < 500 ? "User" : "Service", Message: message } : { __type: code };
  return {
    status,
    headers: {
      "content-type": contentType(request.headers),
      ...(isRest ? { "x-amzn-errortype": code } : {}),
      ...headers,
    },
    body: JSON.stringify({ ...shape, message, ...details }),
  };
}
