import type { z } from "zod";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { bodyOf, toVisible, workFor } from "./errors.ts";
import { isOtherOrigin } from "./origin.ts";
import { memberCtx } from "./request-ctx.ts";

/** Bytes of a request of the upload protocol. */
const MAX_BODY = 256 * 1024;

type Verb<S extends z.ZodType, R> = (ctx: Ctx, input: z.output<S>) => Promise<R>;

/** A POST of the upload protocol: JSON in, JSON out, errors as `{ error }` with their status. */
export function protocolPost<S extends z.ZodType, R>(schema: S, verb: Verb<S, R>) {
  return (request: Request): Promise<Response> =>
    answer(async () => {
      requireSameOrigin(request);
      const body = await readJson(request);
      return run(schema, verb, body);
    });
}

/** A GET of the upload protocol, with its input in the query. */
export function protocolGet<S extends z.ZodType, R>(schema: S, verb: Verb<S, R>) {
  return (request: Request): Promise<Response> =>
    answer(() => run(schema, verb, Object.fromEntries(new URL(request.url).searchParams)));
}

/** A GET of a signed-in person's page; `input` makes the verb's input of the path's parameters and the query. */
export function memberGet<P, S extends z.ZodType, R>(
  schema: S,
  verb: Verb<S, R>,
  input: (params: P, query: Record<string, string>) => unknown,
) {
  return (request: Request, { params }: { params: Promise<P> }): Promise<Response> =>
    answer(async () => run(schema, verb, input(await params, Object.fromEntries(new URL(request.url).searchParams))));
}

/** As `memberGet`, for a POST with a body in JSON. */
export function memberPost<P, S extends z.ZodType, R>(
  schema: S,
  verb: Verb<S, R>,
  input: (params: P, body: unknown) => unknown,
) {
  return (request: Request, { params }: { params: Promise<P> }): Promise<Response> =>
    answer(async () => {
      requireSameOrigin(request);
      const body = await readJson(request);
      return run(schema, verb, input(await params, body));
    });
}

async function run<S extends z.ZodType, R>(schema: S, verb: Verb<S, R>, input: unknown): Promise<R> {
  const ctx = await memberCtx();
  return workFor(ctx, () => verb(ctx, schema.parse(input)));
}

async function answer(work: () => Promise<unknown>): Promise<Response> {
  const headers = { "cache-control": "no-store" };
  try {
    return Response.json(await work(), { headers });
  } catch (error) {
    const visible = toVisible(error);
    return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers });
  }
}

/** The session's cookie is sent by browsers alone, and these say where a request comes from. */
export function requireSameOrigin(request: Request): void {
  if (isOtherOrigin(request)) {
    throw new VisibleError("OtherOrigin", 403, "This request came from another site.");
  }
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new VisibleError("NotJson", 415, "This request must be JSON.");
  }
}

export async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.length > MAX_BODY) {
    throw new VisibleError(
      "BodyTooLarge",
      413,
      `A request has at most ${MAX_BODY / 1024} KiB: send fewer files at a time.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VisibleError("InvalidInput", 422, "This request is not JSON.", { cause });
  }
}
