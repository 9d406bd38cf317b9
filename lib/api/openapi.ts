/** The OpenAPI 3.1 document of the program interface, from the schemas by which it is served. */
import * as z from "zod";
import { ProblemAnswer } from "./answer.schema.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";

type Json = Record<string, unknown>;

/** The whole document; `serverUrl` is where the interface is reached, or absent where that is said elsewhere. */
export function openApiDocument(serverUrl = "/"): Json {
  const schemas: Json = {};
  const answerOf = (schema: z.ZodType): Json => collect(z.toJSONSchema(schema, { io: "output" }) as Json, schemas);
  const paths: Record<string, Json> = {};
  for (const [operationId, operation] of Object.entries(operations) as [string, Operation][]) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describe(operationId, operation, answerOf),
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Dormouse",
      version: "1",
      description: "Send and receive files of any size. Every call carries a key: `Authorization: Bearer dormouse_…`.",
    },
    servers: [{ url: serverUrl }],
    security: [{ key: [] }],
    tags: [...new Set(Object.values(operations).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "Made in the settings, shown once." } },
      responses: {
        Problem: {
          description: "Why it could not be done, as RFC 9457 has it.",
          content: { "application/problem+json": { schema: answerOf(ProblemAnswer) } },
        },
      },
      schemas,
    },
  };
}

const header = (name: string, description: string) => ({
  ...{ name, in: "header", required: false, description },
  schema: { type: "string" },
});
const IF_NONE_MATCH = header("If-None-Match", "An `ETag`: while it holds, the answer is 304 and has no body.");
const IDEMPOTENCY_KEY = header(
  "Idempotency-Key",
  "A name for the call, of 1 to 255 characters: for a day, the same call with the same name gets the same answer.",
);
/** draft-ietf-httpapi-ratelimit-headers; every answer to a caller has them. */
const LIMIT_HEADERS = {
  RateLimit: { description: "How many calls are left, `r`, for how many seconds, `t`.", schema: { type: "string" } },
  "RateLimit-Policy": { description: "How many calls, `q`, in how many seconds, `w`.", schema: { type: "string" } },
};

function describe(operationId: string, operation: Operation, answerOf: (schema: z.ZodType) => Json): Json {
  const { properties = {}, required = [] } = z.toJSONSchema(operation.input, { io: "input" }) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const others = Object.keys(properties).filter((name) => !inPath.includes(name));
  const inQuery = operation.method === "GET" || operation.method === "DELETE" ? others : [];
  const inBody = inQuery.length > 0 ? [] : others;
  const parameter = (name: string, place: "path" | "query") => {
    const { description, ...schema } = properties[name] ?? {};
    const must = place === "path" || required.includes(name);
    return { name, in: place, required: must, ...(description ? { description } : {}), schema };
  };
  const body = {
    type: "object",
    properties: Object.fromEntries(inBody.map((name) => [name, properties[name]])),
    required: required.filter((name) => inBody.includes(name)),
    additionalProperties: false,
  };
  const { tag, summary, description, scope, status, answer, method, repeatable, ifMatch } = operation;
  const isRead = method === "GET";
  const parameters = [
    ...inPath.map((name) => parameter(name, "path")),
    ...inQuery.map((name) => parameter(name, "query")),
    ...(ifMatch ? [header("If-Match", `The \`ETag\` of \`${ifMatch}\`: 412 where it does not hold any more.`)] : []),
    ...(isRead ? [IF_NONE_MATCH] : method === "POST" && !repeatable ? [IDEMPOTENCY_KEY] : []),
  ];
  const needs = scope ? `Needs the scope \`${scope}\`.` : undefined;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description || needs ? { description: [description, needs].filter(Boolean).join(" ") } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(inBody.length > 0
      ? { requestBody: { required: body.required.length > 0, content: { "application/json": { schema: body } } } }
      : {}),
    responses: {
      [status]: {
        description: "Done.",
        headers: { ...LIMIT_HEADERS, ...(isRead ? { ETag: { schema: { type: "string" } } } : {}) },
        content: { "application/json": { schema: answerOf(answer) } },
      },
      ...(isRead ? { 304: { description: "It is as `If-None-Match` says." } } : {}),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** Moves what a schema defines into the document's `schemas`, and its references with it. */
function collect({ $defs = {}, $schema: _, ...schema }: Json, schemas: Json): Json {
  const moved = JSON.parse(JSON.stringify({ schema, $defs }).replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    schema: Json;
    $defs: Record<string, Json>;
  };
  for (const [name, { id: __, ...definition }] of Object.entries(moved.$defs)) schemas[name] = definition;
  const { id, ...rest } = moved.schema;
  if (typeof id !== "string") return rest;
  schemas[id] = rest;
  return { $ref: `#/components/schemas/${id}` };
}
