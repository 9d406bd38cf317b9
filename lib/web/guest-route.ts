import type { ZodType, z } from "zod";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { bodyOf, toVisible, workFor } from "./errors.ts";
import { queryOf, readJson, requireSameOrigin } from "./protocol-route.ts";
import { accepts, type Back, PRIVATE, refusal, retryAfterHeader } from "./refusal.ts";
import { addressOf, guestCtx, memberCtx } from "./request-ctx.ts";
import { newBrowser, readBrowser, readVisitor, visitorCookie, visitorOf } from "./visitor-cookie.ts";

/** How the file is requested. `press`: by a button. `link`: by a link. `head`: only its headers. */
type AskedBy = "press" | "link" | "head";
type Grant<T extends { url: string }> = (ctx: Ctx, by: AskedBy) => Promise<T>;
type RedirectOptions = {
  /** Seconds for which a browser may follow the same redirect without asking again. */
  maxAge?: number;
};

export const backToLink = (token: string): Back => ({
  href: `/t/${encodeURIComponent(token)}`,
  label: "Back to the files",
});
export const backToTransfer = (id: string): Back => ({
  href: `/transfers/${encodeURIComponent(id)}`,
  label: "Back to the transfer",
});

/** Redirects a guest to the URL that `grant` signs. On an error a browser gets a page, and a program JSON. */
export const guestRedirect = (
  request: Request,
  token: string,
  grant: Grant<{ url: string }>,
  options?: RedirectOptions,
): Promise<Response> =>
  redirect(
    request,
    backToLink(token),
    () => guestCtx(token, readVisitor(request, token), addressOf(request)),
    grant,
    options,
  );

/** As `guestRedirect`, for members; `id` is the transfer's. */
export const memberRedirect = (
  request: Request,
  id: string,
  grant: Grant<{ url: string }>,
  options?: RedirectOptions,
): Promise<Response> => redirect(request, backToTransfer(id), memberCtx, grant, options);

async function redirect(
  request: Request,
  back: Back,
  open: () => Promise<Ctx>,
  grant: Grant<{ url: string }>,
  { maxAge }: RedirectOptions = {},
): Promise<Response> {
  // A prefetched URL, which may never be clicked, would be counted as a download.
  if (isAhead(request)) return new Response(null, { status: 503, headers: PRIVATE });
  try {
    const ctx = await open();
    const { url } = await workFor(ctx, () => grant(ctx, request.method === "HEAD" ? "head" : "link"));
    const cached = maxAge === undefined ? {} : { "cache-control": `private, max-age=${maxAge}` };
    return new Response(null, { status: 302, headers: { ...PRIVATE, ...cached, location: url } });
  } catch (error) {
    return refusal(request, back, error);
  }
}

/** Whether a browser prefetches, or a program fetches a preview of the link, before a person has asked for it. */
const isAhead = ({ headers }: Request): boolean =>
  ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) ?? ""),
  );

/**
 * A person presses the button of a file: a form is redirected to the URL that `grant` signs, the page's script gets it
 * as JSON. The browser gets a cookie of the link, so that a counted download can be repeated.
 */
export async function guestPress<T extends { url: string }>(
  request: Request,
  token: string,
  grant: Grant<T>,
): Promise<Response> {
  // Another site's page can send the form as well: then the confirmation page is shown, and nothing is counted.
  if (isFromElsewhere(request)) {
    const location = new URL(request.url).pathname;
    return new Response(null, { status: 303, headers: { ...PRIVATE, location } });
  }
  try {
    const browser = readBrowser(request) ?? newBrowser();
    const ctx = await guestCtx(token, visitorOf(browser, token), addressOf(request));
    const granted = await workFor(ctx, () => grant(ctx, "press"));
    const headers = { ...PRIVATE, vary: "accept", "set-cookie": visitorCookie(request, browser) };
    if (accepts(request, "application/json")) return Response.json(granted, { headers });
    return new Response(null, { status: 303, headers: { ...headers, location: granted.url } });
  } catch (error) {
    return refusal(request, backToLink(token), error);
  }
}

/**
 * A GET behind a link that answers `body` as JSON; the verb gets the query. If downloads are limited, the browser gets
 * the link's cookie before it downloads anything.
 */
export async function guestGet(
  request: Request,
  token: string,
  verb: (ctx: Ctx, query: Record<string, string>) => Promise<{ body: unknown; limited: boolean }>,
): Promise<Response> {
  try {
    const visitor = readVisitor(request, token);
    const ctx = await guestCtx(token, visitor);
    const { body, limited } = await workFor(ctx, () => verb(ctx, queryOf(request)));
    const cookie = limited && !visitor ? { "set-cookie": visitorCookie(request, newBrowser()) } : {};
    return Response.json(body, { headers: { ...PRIVATE, ...cookie } });
  } catch (error) {
    return jsonRefusal(error);
  }
}

/** A POST behind a link: JSON in, JSON out, errors as `{ error }` with their status. */
export async function guestPost<S extends ZodType, R>(
  request: Request,
  token: string,
  schema: S,
  verb: (ctx: Ctx, input: z.output<S>) => Promise<R>,
): Promise<Response> {
  try {
    const ctx = await guestCtx(token, readVisitor(request, token), addressOf(request));
    requireSameOrigin(request);
    const input = schema.parse(await readJson(request));
    return Response.json(await workFor(ctx, () => verb(ctx, input)), { headers: PRIVATE });
  } catch (error) {
    return jsonRefusal(error);
  }
}

/** Records an event that a guest's page reports: a POST from the page, with an empty answer. */
export async function guestNote(request: Request, token: string, note: (ctx: Ctx) => Promise<void>): Promise<Response> {
  try {
    if (isFromElsewhere(request)) throw new VisibleError("OtherOrigin", 403, "This request came from another site.");
    const ctx = await guestCtx(token);
    await workFor(ctx, () => note(ctx));
    return new Response(null, { status: 204, headers: PRIVATE });
  } catch (error) {
    return jsonRefusal(error);
  }
}

function jsonRefusal(error: unknown): Response {
  const visible = toVisible(error);
  const headers = { ...PRIVATE, ...retryAfterHeader(visible) };
  return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers });
}

/**
 * Browsers send Sec-Fetch-Site; a form on another site could send this request as well. Origin is less reliable: a page
 * that sends no referrer sends `null`.
 */
function isFromElsewhere(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site !== null && site !== "same-origin" && site !== "none";
}
