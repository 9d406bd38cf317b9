import { type NextRequest, NextResponse } from "next/server";
import { randomToken } from "#lib/kernel/id.ts";
import { contentSecurityPolicy, SECURITY_HEADERS } from "#lib/web/security-headers.ts";

/** Before every page: a policy with a fresh nonce, and the status of pages behind links. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
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
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  return response;
}

export const config = { matcher: ["/((?!_next/static|icon|api/).*)"] };
