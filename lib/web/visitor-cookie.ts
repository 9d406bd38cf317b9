import { createHash } from "node:crypto";
import { cookieName } from "#lib/kernel/cookie-name.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { isOverTls } from "./cookies.ts";

type Asked = { headers: Pick<Headers, "get"> };

/** Seconds: as long as a counted download may be repeated. */
const LIFE_SECONDS = 24 * 3600;

const nameFor = ({ headers }: Asked): string => cookieName("dormouse_visitor", isOverTls(headers));

/** The browser, by its cookie. */
export function readBrowser(request: Asked): string | undefined {
  const sent = request.headers.get("cookie") ?? "";
  return new RegExp(`(?:^|; *)${nameFor(request)}=([0-9A-Za-z]{22})(?:;|$)`).exec(sent)?.[1];
}

export const newBrowser = (): string => randomToken();

/**
 * A browser's name behind one link. It is different behind each link, so that nobody is tracked from one to the next.
 */
export const visitorOf = (browser: string, token: string): string =>
  createHash("sha256")
    .update(`${token.slice(0, 22)}\n${browser}`)
    .digest("base64url")
    .slice(0, 22);

export function readVisitor(request: Asked, token: string): string | undefined {
  const browser = readBrowser(request);
  return browser && visitorOf(browser, token);
}

/** Set-Cookie: not readable by scripts, and only set if downloads are limited. */
export function visitorCookie(request: Asked, browser: string): string {
  const secure = isOverTls(request.headers) ? "; Secure" : "";
  return `${nameFor(request)}=${browser}; Path=/; Max-Age=${LIFE_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
}
