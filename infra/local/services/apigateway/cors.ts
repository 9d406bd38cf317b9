/** CORS that the gateway handles itself ("Configure CORS for HTTP APIs in API Gateway"). */
import type { IncomingMessage } from "node:http";
import type { Cors } from "../../declaration.ts";

type Headers = Record<string, string>;

/** Whether a browser asks, before a request, if it may be sent: the gateway answers that without the integration. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;

/** Headers for every answer to a page of that origin; none where it is not allowed. */
export function originHeaders(cors: Cors, { headers: { origin } }: IncomingMessage): Headers {
  const allowed = origin && cors.allowOrigins.find((one) => one === origin || fitsStart(one, origin));
  if (!allowed) return {};
  return {
    "access-control-allow-origin": allowed === "*" ? "*" : origin,
    ...(cors.allowCredentials ? { "access-control-allow-credentials": "true" } : {}),
    ...list("access-control-expose-headers", cors.exposeHeaders),
  };
}

/** What the answer to a preflight has beside them. */
export const preflightHeaders = (cors: Cors): Headers => ({
  ...list("access-control-allow-methods", cors.allowMethods),
  ...list("access-control-allow-headers", cors.allowHeaders),
  ...(cors.maxAgeSeconds === undefined ? {} : { "access-control-max-age": String(cors.maxAgeSeconds) }),
});

/** The function's own are ignored. */
export const withoutCors = <T>(headers: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("access-control-")));

const fitsStart = (pattern: string, origin: string): boolean =>
  pattern.endsWith("*") && origin.startsWith(pattern.slice(0, -1));

const list = (name: string, values: string[] = []): Headers => (values.length > 0 ? { [name]: values.join(",") } : {});
