import type { z } from "zod";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { bodyOf, toVisible, workFor } from "./errors.ts";
import { isOtherOrigin } from "./origin.ts";
import { addressOf, memberCtx, publicCtx } from "./request-ctx.ts";

/** The most bytes of a request of the upload protocol. */
const MAX_BODY = 256 * 1024;

type Verb<S extends z.ZodType, R> = (ctx: Ctx, input: z.output<S>) => Promise<R>;

/**
 * A POST of a member's page: JSON in, JSON out, errors as `{ error }` with their status. `fromPath` adds the path's
 * parameters to the input.
 */
export const memberPost =
  <S extends z.ZodType, R, P>(schema: S, verb: Verb<S, R>, fromPath?: (params: P) => object) =>
  (request: Request, params: P): Promise<Response> =>
    answer(async () => {
      requireSameOrigin(request);
      const body = await readJson(request);
      return run(schema, verb, fromPath ? { ...(body as object), ...fromPath(params) } : body);
    });

/** A POST of anybody, who may be signed in and is not taken for it; the verb is told the address. */
export const anyonePost =
  <S extends z.ZodType, R>(
    schema: S,
    verb: (ctx: Ctx, input: z.output<S> & { address?: string | undefined }) => Promise<R>,
  ) =>
  (request: Request): Promise<Response> =>
    answer(async () => {
      requireSameOrigin(request);
      const ctx = publicCtx();
      const input = schema.parse(await readJson(request));
      return workFor(ctx, () => verb(ctx, { ...(input as z.output<S> & object), address: addressOf(request) }));
    });

/** As `memberPost`, for a GET with its input in the query. */
export const memberGet =
  <S extends z.ZodType, R, P>(schema: S, verb: Verb<S, R>, fromPath?: (params: P) => object) =>
  (request: Request, params: P): Promise<Response> =>
    answer(() => run(schema, verb, { ...queryOf(request), ...fromPath?.(params) }));

/** The parameters of a request's query; of repeated ones the last. */
export const queryOf = (request: Request): Record<string, string> =>
  Object.fromEntries(new URL(request.url).searchParams);

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

/** Only browsers send the session's cookie, and they say where a request comes from. */
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
