import { ZodError, type ZodType, type z } from "zod";
import { FileNotFound } from "#lib/files/file.errors.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { bodyOf, toVisible } from "./errors.ts";
import { readJson, requireSameOrigin } from "./protocol-route.ts";
import { guestCtx, memberCtx } from "./request-ctx.ts";

const PRIVATE = { "cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex" };

type Grant = (ctx: Ctx) => Promise<{ url: string }>;
type RedirectOptions = {
  /** Seconds for which a browser may go to the same place again without asking. */
  maxAge?: number;
};

/** Redirects a guest to what `grant` signs; a person who can't have it gets a sentence, a program JSON. */
export const guestRedirect = (request: Request, token: string, grant: Grant, options?: RedirectOptions) =>
  redirect(request, () => guestCtx(token), grant, options);

/** As `guestRedirect`, for whoever is signed in. */
export const memberRedirect = (request: Request, grant: Grant, options?: RedirectOptions) =>
  redirect(request, memberCtx, grant, options);

async function redirect(
  request: Request,
  open: () => Promise<Ctx>,
  grant: Grant,
  { maxAge }: RedirectOptions = {},
): Promise<Response> {
  // Who only asks, or fetches ahead on the chance of a click, takes nothing: a download would be counted.
  if (request.method === "HEAD") return new Response(null, { status: 204, headers: PRIVATE });
  if (request.headers.get("sec-purpose")?.includes("prefetch")) {
    return new Response(null, { status: 503, headers: PRIVATE });
  }
  try {
    const ctx = await open();
    const { url } = await withMeter(ctx.meter, () => grant(ctx));
    const cached = maxAge === undefined ? {} : { "cache-control": `private, max-age=${maxAge}` };
    return new Response(null, { status: 302, headers: { ...PRIVATE, ...cached, location: url } });
  } catch (error) {
    const visible = toVisible(error instanceof ZodError ? new FileNotFound() : error);
    if (request.headers.get("accept")?.includes("text/html")) {
      const headers = { ...PRIVATE, "content-type": "text/plain; charset=utf-8" };
      return new Response(`${visible.message}\n`, { status: visible.status, headers });
    }
    return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers: PRIVATE });
  }
}

/** A GET behind a link that answers JSON. */
export const guestGet = (token: string, verb: (ctx: Ctx) => Promise<unknown>): Promise<Response> =>
  answerJson(token, verb);

/** A POST behind a link: JSON in, JSON out, errors as `{ error }` with their status. */
export function guestPost<S extends ZodType, R>(
  request: Request,
  token: string,
  schema: S,
  verb: (ctx: Ctx, input: z.output<S>) => Promise<R>,
): Promise<Response> {
  return answerJson(token, async (ctx) => {
    requireSameOrigin(request);
    return verb(ctx, schema.parse(await readJson(request)));
  });
}

async function answerJson(token: string, work: (ctx: Ctx) => Promise<unknown>): Promise<Response> {
  try {
    const ctx = await guestCtx(token);
    return Response.json(await withMeter(ctx.meter, () => work(ctx)), { headers: PRIVATE });
  } catch (error) {
    const visible = toVisible(error);
    return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers: PRIVATE });
  }
}

/** Takes down what a guest's page tells of itself: a POST from the page, answered with nothing. */
export async function guestNote(request: Request, token: string, note: (ctx: Ctx) => Promise<void>): Promise<Response> {
  try {
    requireSamePage(request);
    const ctx = await guestCtx(token);
    await withMeter(ctx.meter, () => note(ctx));
    return new Response(null, { status: 204, headers: PRIVATE });
  } catch (error) {
    const visible = toVisible(error);
    return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers: PRIVATE });
  }
}

/** Browsers say where a request comes from; a form on another site could send this as well. */
function requireSamePage(request: Request): void {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") {
    throw new VisibleError("OtherOrigin", 403, "This request came from another site.");
  }
}
