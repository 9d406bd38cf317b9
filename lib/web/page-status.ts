import { VisibleError } from "#lib/kernel/errors.ts";
import { checkSignIn } from "#lib/members/check-sign-in.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { logRefusal, workFor } from "./errors.ts";
import { guestCtx, publicCtx } from "./request-ctx.ts";
import { newBrowser, readBrowser, visitorCookie } from "./visitor-cookie.ts";

/**
 * The HTTP status of a page behind a link, and its cookie. A page can't set its own status in Next.js, so the proxy
 * calls this first: an expired or deleted transfer is 410, an unknown link 404, each with the page that says so.
 */
export async function pageStatus(request: Request): Promise<{ status: number; cookie?: string }> {
  const [, kind, token] = /^\/(t|welcome)\/([^/]+)$/.exec(new URL(request.url).pathname) ?? [];
  if (!kind || !token) return { status: 200 };
  try {
    const ctx = kind === "t" ? await guestCtx(token) : publicCtx();
    return await workFor(ctx, async () => {
      if (kind === "t") return { status: 200, ...becomeKnown(request, await requireGuest(ctx)) };
      await checkSignIn(ctx, { token });
      return { status: 200 };
    });
  } catch (error) {
    logRefusal(error);
    if (error instanceof VisibleError) return { status: error.status };
    throw error;
  }
}

/** If downloads are limited, the browser gets the link's cookie before it downloads anything. */
function becomeKnown(request: Request, { downloadLimit }: { downloadLimit?: number | undefined }) {
  return downloadLimit && !readBrowser(request) ? { cookie: visitorCookie(request, newBrowser()) } : {};
}
