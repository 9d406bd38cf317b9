/** Which route serves a request ("Create routes for HTTP APIs in API Gateway", "Routing API requests"). */
import type { HttpApi } from "../../declaration.ts";

export type Match = { key: string; authorized: boolean; pathParameters: Record<string, string> };

export type FindRoute = (method: string, path: string) => Match | undefined;

/** For a path as it was sent: a full match goes before a greedy one, and `$default` comes last. */
export function createRoutes(routes: HttpApi["routes"]): FindRoute {
  const known = Object.entries(routes)
    .filter(([key]) => key !== "$default")
    .map(([key, { authorized }]) => {
      const [method = "", pattern = ""] = key.split(" ");
      const segments = pattern.split("/").slice(1);
      return { key, authorized, method, segments, order: orderOf(method, segments) };
    })
    .sort((one, other) => (one.order < other.order ? -1 : 1));
  const fallback = routes["$default"];
  return (method, path) => {
    const parts = path.split("/").slice(1);
    for (const { key, authorized, segments, ...route } of known) {
      const pathParameters = route.method === "ANY" || route.method === method ? match(segments, parts) : undefined;
      if (pathParameters) return { key, authorized, pathParameters };
    }
    return fallback && { key: "$default", ...fallback, pathParameters: {} };
  };
}

/** Orders routes that fit the same path: names go before variables, variables before what is greedy, methods before ANY. */
function orderOf(method: string, segments: string[]): string {
  const kinds = segments.map((segment) => (segment.endsWith("+}") ? "2" : segment.startsWith("{") ? "1" : "0"));
  return [kinds.includes("2") ? "1" : "0", ...kinds, method === "ANY" ? "1" : "0"].join("");
}

function match(segments: string[], parts: string[]): Record<string, string> | undefined {
  const found: [name: string, value: string][] = [];
  for (const [at, segment] of segments.entries()) {
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? [];
    const part = greedy ? parts.slice(at).join("/") : (parts[at] ?? "");
    if (name === undefined ? part !== segment || at >= parts.length : part === "") return undefined;
    if (name !== undefined) found.push([name, decodeURIComponent(part)]);
    if (greedy) return Object.fromEntries(found);
  }
  return segments.length === parts.length ? Object.fromEntries(found) : undefined;
}
