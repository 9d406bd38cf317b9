/** A client of Dormouse's API: a function for each operation, typed by the OpenAPI document. Runs on Node, Deno, Bun and in browsers. */
import { type Operations, ROUTES } from "./operations.ts";

export type * from "./operations.ts";

export type ClientOptions = {
  /** Where the API is reached; what follows is `/v1/…`. */
  url: string;
  /** Made in the settings: `dormouse_…`. */
  key: string;
  fetch?: typeof fetch;
  signal?: AbortSignal;
};

export type Client = {
  [Name in keyof Operations]: (
    ...input: Record<string, never> extends Operations[Name]["input"]
      ? [input?: Operations[Name]["input"]]
      : [input: Operations[Name]["input"]]
  ) => Promise<Operations[Name]["answer"]>;
};

/** What the API refused, as its problem details say (RFC 9457). `retryAfter` in seconds. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Record<string, unknown>, retryAfter?: number) {
    super(typeof problem["detail"] === "string" ? problem["detail"] : `The API answered ${status}.`);
    this.status = status;
    this.code = typeof problem["code"] === "string" ? problem["code"] : "Unexpected";
    this.details = isObject(problem["details"]) ? problem["details"] : {};
    this.retryAfter = retryAfter;
  }
}

/** Calls reject with ApiError for what the API refused, and as `fetch` does where it was not reached. */
export function createClient(options: ClientOptions): Client {
  const calls = Object.entries(ROUTES).map(([name, [method, path]]) => [
    name,
    (input: Record<string, unknown> = {}) => call(options, method, path, input),
  ]);
  // Guarantee: the document says of each operation what it takes and answers.
  return Object.fromEntries(calls) as Client;
}

async function call(options: ClientOptions, method: string, path: string, input: Record<string, unknown>) {
  const { url, key, signal } = options;
  const rest = { ...input };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    delete rest[name];
    return encodeURIComponent(String(input[name]));
  });
  const inQuery = method === "GET" || method === "DELETE";
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const query = inQuery ? new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString() : "";
  const body = inQuery || given.length === 0 ? undefined : JSON.stringify(Object.fromEntries(given));
  const response = await (options.fetch ?? fetch)(`${url.replace(/\/+$/, "")}${filled}${query ? `?${query}` : ""}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer;
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  throw new ApiError(
    response.status,
    isObject(answer) ? answer : {},
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An answer of something in between, such as a gateway's page.
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
