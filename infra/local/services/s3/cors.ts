/** Cross-origin requests as configured on the bucket ("Using cross-origin resource sharing" in the user guide). */
import type { IncomingMessage } from "node:http";

export type CorsRule = {
  allowedOrigins: string[];
  allowedMethods: string[];
  allowedHeaders: string[];
  exposeHeaders: string[];
  maxAgeSeconds?: number;
};

/** One `*` matches anything. */
function matches(pattern: string, value: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === value;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return value.length >= head.length + tail.length && value.startsWith(head) && value.endsWith(tail);
}

function findRule(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
  headers: readonly string[],
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.allowedOrigins.some((pattern) => matches(pattern, origin)) &&
      rule.allowedMethods.includes(method) &&
      headers.every((name) => rule.allowedHeaders.some((pattern) => matches(pattern.toLowerCase(), name))),
  );
}

const answerHeaders = (rule: CorsRule, origin: string): Record<string, string> => ({
  "access-control-allow-origin": rule.allowedOrigins.includes("*") ? "*" : origin,
  "access-control-allow-methods": rule.allowedMethods.join(", "),
  ...(rule.exposeHeaders.length > 0 ? { "access-control-expose-headers": rule.exposeHeaders.join(", ") } : {}),
  ...(rule.allowedOrigins.includes("*") ? {} : { "access-control-allow-credentials": "true" }),
  vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
});

/**
 * Headers for the answer to an actual request. There are none when no rule allows its origin; a browser then hides the
 * answer.
 */
export function corsHeaders(rules: readonly CorsRule[], raw: IncomingMessage): Record<string, string> {
  const { origin } = raw.headers;
  const rule = origin === undefined ? undefined : findRule(rules, origin, raw.method ?? "", []);
  return origin !== undefined && rule ? answerHeaders(rule, origin) : {};
}

/** Headers for the answer to a preflight, or undefined when no rule allows what it asks for. */
export function preflightHeaders(rules: readonly CorsRule[], raw: IncomingMessage): Record<string, string> | undefined {
  const { origin } = raw.headers;
  const method = raw.headers["access-control-request-method"];
  if (origin === undefined || method === undefined) return undefined;
  const wanted = (raw.headers["access-control-request-headers"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const rule = findRule(rules, origin, method, wanted);
  if (!rule) return undefined;
  return {
    ...answerHeaders(rule, origin),
    ...(wanted.length > 0 ? { "access-control-allow-headers": wanted.join(", ") } : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { "access-control-max-age": String(rule.maxAgeSeconds) }),
  };
}
