import { type NextRequest, NextResponse } from "next/server";
import { randomToken } from "#lib/kernel/id.ts";
import { contentSecurityPolicy } from "#lib/web/content-security-policy.ts";
import { isOtherOrigin } from "#lib/web/origin.ts";

/** Before every page: a policy with a fresh nonce, and the status of pages behind links. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  if (!isWelcome(request)) return new NextResponse("This request came from another site.\n", { status: 403 });
  const policy = contentSecurityPolicy(randomToken());
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  const { pathname } = request.nextUrl;
  const behindLink = /^(GET|HEAD)$/.test(request.method) && /^\/(t|welcome)\//.test(pathname);
  const { status, cookie } = behindLink
    ? await (await import("#lib/web/page-status.ts")).pageStatus(request)
    : { status: 200 };
  const response =
    status === 200
      ? NextResponse.next({ request: { headers } })
      : NextResponse.rewrite(request.nextUrl, { status, request: { headers } });
  response.headers.set("content-security-policy", policy);
  if (cookie) response.headers.append("set-cookie", cookie);
  return response;
}

/**
 * The framework takes what is posted to a page for an action of it, and fails where its origin is none. A press for a
 * download is a form's, whose page sends no referrer and therefore no origin: its route looks for itself.
 */
const isWelcome = (request: NextRequest): boolean =>
  /^(GET|HEAD|OPTIONS)$/.test(request.method) ||
  /^\/t\/[^/]+\/files\/\d+$/.test(request.nextUrl.pathname) ||
  !isOtherOrigin(request);

export const config = { matcher: ["/((?!_next/static|icon|api/).*)"] };
