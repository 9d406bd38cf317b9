import type {
  BeginInput,
  BeginOutput,
  CancelInput,
  CancelOutput,
  CompleteInput,
  CompleteOutput,
  ReserveInput,
  ReserveOutput,
  SealInput,
  SealOutput,
  SignInput,
  SignOutput,
  StatusOutput,
} from "../uploads/upload-protocol.schema.ts";
import { NetworkLost, ProtocolError } from "./errors.ts";
import type { Network } from "./network.ts";
import { backoff, type Runtime } from "./runtime.ts";

/** Longer than CloudFront waits for the app, so that CloudFront's error arrives before this timeout. */
const CALL_TIMEOUT_MS = 90_000;
/** The first attempt of a fast call, so that a dead connection is noticed soon. */
const FIRST_TIMEOUT_MS = 18_000;
/**
 * With backoff about a quarter of an hour without an answer. Attempts while the browser reports to be offline do not
 * count.
 */
const RETRY_LIMITS = { errors: 8, unanswered: 40, offline: Number.POSITIVE_INFINITY };
/** Calls that the app may need a long time for. */
const SLOW_CALLS = new Set(["begin", "complete", "cancel", "seal"]);
/** While a person waits for the answer. */
const INTERACTIVE_RETRY_LIMITS = { errors: 3, unanswered: 2, offline: 0 };

export type ProtocolOptions = {
  /** The app's address, without a slash at its end; in a browser the page's own origin. */
  baseUrl?: string;
  /**
   * Where the calls are below `baseUrl`, between slashes: `/api/upload/v1/` for the pages, the default, and `/v1/upload/`
   * for programs.
   */
  protocolPath?: string;
  /** Requested before every call, so that a command-line client can renew its token. */
  headers?: () => Record<string, string>;
  fetch?: typeof fetch;
  runtime: Runtime;
  network: Network;
};

/** The seven calls. Each rejects with ProtocolError (the server's code and sentence), NetworkLost, or AbortError. */
export type UploadProtocol = {
  /** A person waits for its answer, so it makes three attempts at most. */
  begin(input: BeginInput, signal?: AbortSignal): Promise<BeginOutput>;
  reserve(input: ReserveInput, signal?: AbortSignal): Promise<ReserveOutput>;
  sign(input: SignInput, signal?: AbortSignal): Promise<SignOutput>;
  complete(input: CompleteInput, signal?: AbortSignal): Promise<CompleteOutput>;
  status(query: { transferId: string; ordinal?: number; cursor?: string }, signal?: AbortSignal): Promise<StatusOutput>;
  cancel(input: CancelInput, signal?: AbortSignal): Promise<CancelOutput>;
  seal(input: SealInput, signal?: AbortSignal): Promise<SealOutput>;
};

/**
 * A client of the upload protocol. Every call may be repeated, so no answer, 5xx and 429 are retried with jittered backoff
 * (or after the server's Retry-After). Every other error is final.
 */
export function createProtocol(options: ProtocolOptions): UploadProtocol {
  const { runtime, network } = options;
  const root = `${options.baseUrl ?? ""}${options.protocolPath ?? "/api/upload/v1/"}`;
  const send = options.fetch ?? fetch;

  async function attempt(
    path: string,
    body: unknown,
    ms: number,
    signal: AbortSignal | undefined,
  ): Promise<Response | Error> {
    const timeout = AbortSignal.timeout(ms);
    const init: RequestInit = {
      method: body === undefined ? "GET" : "POST",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...options.headers?.() },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    };
    try {
      const response = await send(root + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
      // Read here, so that a connection that breaks in the middle of the answer counts as no answer.
      const text = await response.text();
      return new Response(text || null, { status: response.status, headers: response.headers });
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async function call<T>(path: string, body: unknown, signal?: AbortSignal, limits = RETRY_LIMITS): Promise<T> {
    let errors = 0;
    let unanswered = 0;
    let offline = 0;
    for (;;) {
      signal?.throwIfAborted();
      const ms = SLOW_CALLS.has(path) ? CALL_TIMEOUT_MS : Math.min(CALL_TIMEOUT_MS, FIRST_TIMEOUT_MS * 2 ** unanswered);
      const response = await attempt(path, body, ms, signal);
      if (response instanceof Error) {
        network.markUnreachable({ stalled: response.name === "TimeoutError" });
        if (network.isOffline) offline++;
        else unanswered++;
        if (unanswered > limits.unanswered || offline > limits.offline) throw new NetworkLost(response);
        await network.wait(backoff(Math.max(1, unanswered), runtime.random), signal);
        continue;
      }
      network.markReachable();
      if (response.ok) return await parse<T>(response);
      errors++;
      const isRetryable = response.status >= 500 || response.status === 429;
      if (!isRetryable || errors >= limits.errors) throw await asProtocolError(response);
      const seconds = Number(response.headers.get("retry-after"));
      await network.wait(seconds > 0 ? Math.min(seconds, 60) * 1000 : backoff(errors, runtime.random), signal);
    }
  }

  return {
    begin: (input, signal) => call("begin", input, signal, INTERACTIVE_RETRY_LIMITS),
    reserve: (input, signal) => call("reserve", input, signal),
    sign: (input, signal) => call("sign", input, signal),
    complete: (input, signal) => call("complete", input, signal),
    cancel: (input, signal) => call("cancel", input, signal),
    seal: (input, signal) => call("seal", input, signal),
    status: ({ transferId, ordinal, cursor }, signal) => {
      const query = new URLSearchParams({ transferId });
      if (ordinal !== undefined) query.set("ordinal", String(ordinal));
      if (cursor !== undefined) query.set("cursor", cursor);
      return call(`status?${query}`, undefined, signal);
    },
  };
}

/** The body of a successful answer. A page instead (a proxy's, a sign-in form's) is an error with a sentence. */
async function parse<T>(response: Response): Promise<T> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ProtocolError("UnexpectedAnswer", 502, "The server's answer was not understood. Reload the page.", {
      cause,
    });
  }
}

type ErrorAnswer = { error?: { code?: unknown; message?: unknown; details?: Record<string, unknown> } } | null;

async function asProtocolError(response: Response): Promise<ProtocolError> {
  const text = await response.text();
  let answer: ErrorAnswer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = {
      error: { code: `Http${response.status}`, message: `The server refused the request (${response.status}).` },
    };
  }
  const { code = `Http${response.status}`, message = "The server refused the request.", details } = answer?.error ?? {};
  return new ProtocolError(String(code), response.status, String(message), details ? { details } : {});
}
