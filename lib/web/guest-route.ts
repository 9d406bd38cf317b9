import { ZodError } from "zod";
import { FileNotFound } from "#lib/files/file.errors.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { bodyOf, toVisible } from "./errors.ts";
import { guestCtx } from "./request-ctx.ts";

const PRIVATE = { "cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex" };

/** Redirects a guest to what `grant` signs; a person who can't have it gets a sentence, a program JSON. */
export async function guestDownload(
  request: Request,
  token: string,
  grant: (ctx: Ctx) => Promise<{ url: string }>,
): Promise<Response> {
  try {
    const ctx = await guestCtx(token);
    const { url } = await withMeter(ctx.meter, () => grant(ctx));
    return new Response(null, { status: 302, headers: { ...PRIVATE, location: url } });
  } catch (error) {
    const visible = toVisible(error instanceof ZodError ? new FileNotFound() : error);
    if (request.headers.get("accept")?.includes("text/html")) {
      const headers = { ...PRIVATE, "content-type": "text/plain; charset=utf-8" };
      return new Response(`${visible.message}\n`, { status: visible.status, headers });
    }
    return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers: PRIVATE });
  }
}
