/** Examples of calls, made from what the document says of their fields. */
import { bodyOf, type Operation, type Schema } from "./document.ts";

/** By the beginning of a pattern, or by a field's name. */
const KNOWN: [pattern: string, value: string][] = [
  ["^tr_", "tr_5dK2mPq8Rv1XzB7nYc4LwT"],
  ["^dl_", "dl_9sJ3hVf6Gt2QaE8kUx1MoZ"],
  ["^wh_", "wh_2cF6jLr8Ty4VnB0mKs5PxA"],
  ["^msg_", "msg_7hD3gWq9Ez1UkN6tJv4RoC"],
  ["^[0-9A-Za-z]{22}$", "7bNq3WdXk1LmZp9RtVc2Ys"],
  ["^[A-Za-z0-9+/]{11}=$", "AAAAAAAAAAA="],
  ["^[1-9]", "1"],
  ["^(0|[1-9]", "0"],
];
const NAMED: Record<string, unknown> = {
  email: "ana@example.org",
  name: "Ana",
  title: "Holidays",
  message: "",
  path: "beach.jpg",
  type: "image/jpeg",
  size: 1024,
  partSize: 8 * 1024 ** 2,
  url: "https://example.com/hook",
};

/** A value that a schema allows; of an object only what it needs. */
export function exampleOf(schema: Schema, name = ""): unknown {
  const { enum: choices, anyOf, type, items, properties = {}, required = [], pattern = "", minimum } = schema;
  if (schema.const !== undefined) return schema.const;
  if (choices) return choices[0];
  if (anyOf?.[0]) return exampleOf(anyOf[0], name);
  const known = KNOWN.find(([start]) => pattern.startsWith(start))?.[1];
  if (known !== undefined) return known;
  if (name in NAMED && typeof NAMED[name] === (type === "integer" ? "number" : type)) return NAMED[name];
  if (type === "array") return items ? [exampleOf(items)] : [];
  if (type === "object") return Object.fromEntries(required.map((one) => [one, exampleOf(properties[one] ?? {}, one)]));
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") return minimum ?? 1;
  return "…";
}

/** How the operation is called with curl. */
export function curlOf(operation: Operation): string {
  const { method, path, parameters = [] } = operation;
  const inPath = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(exampleOf(parameters.find((one) => one.name === name)?.schema ?? {}, name)),
  );
  const query = parameters
    .filter((one) => one.in === "query" && one.required)
    .map(({ name, schema }) => `${name}=${String(exampleOf(schema, name))}`)
    .join("&");
  const body = bodyOf(operation);
  return [
    `curl${method === "GET" ? "" : ` -X ${method}`} "$DORMOUSE_API${inPath}${query ? `?${query}` : ""}"`,
    `-H "Authorization: Bearer $DORMOUSE_KEY"`,
    ...(body ? [`-H "Content-Type: application/json"`, `-d '${JSON.stringify(exampleOf(body))}'`] : []),
  ].join(" \\\n  ");
}
