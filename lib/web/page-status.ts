import { VisibleError } from "#lib/kernel/errors.ts";
import { checkSignIn } from "#lib/members/check-sign-in.ts";
import { withMeter } from "#lib/metering/meter.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { guestCtx, publicCtx } from "./request-ctx.ts";

/**
 * The HTTP status of a page behind a link. A page cannot set its own status in Next.js, so the proxy asks here first:
 * an expired or deleted transfer is 410 and an unknown link 404, each with the page that says so.
 */
export async function pageStatus(pathname: string): Promise<number> {
  const [, kind, token] = /^\/(t|welcome)\/([^/]+)$/.exec(pathname) ?? [];
  if (!kind || !token) return 200;
  try {
    const ctx = kind === "t" ? await guestCtx(token) : publicCtx();
    await withMeter(ctx.meter, async () => {
      if (kind === "t") await requireGuest(ctx);
      else await checkSignIn(ctx, { token });
    });
    return 200;
  } catch (error) {
    if (error instanceof VisibleError) return error.status;
    throw error;
  }
}
