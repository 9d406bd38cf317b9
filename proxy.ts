import { NextResponse, type NextRequest } from "next/server";
import { randomBytes } from "node:crypto";
export function proxy(req: NextRequest) {
  const nonce = randomBytes(16).toString("base64");
  const csp = `script-src 'self' 'nonce-${nonce}'`;
  const headers = new Headers(req.headers); headers.set("content-security-policy", csp);
  const url = req.nextUrl.clone();
  const res = url.pathname.startsWith("/t/") ? NextResponse.rewrite(url, { status: 410, request: { headers } }) : NextResponse.next({ request: { headers } });
  res.headers.set("content-security-policy", csp);
  return res;
}
