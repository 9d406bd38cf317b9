import { randomToken } from "#lib/kernel/id.ts";

export const VISITOR_COOKIE = "dormouse_visitor";
/** Seconds: as long as a download that was counted may be tried again. */
const LIFE_SECONDS = 24 * 3600;

/** Which browser it is to a link, as its cookie says. */
export function readVisitor(request: Request): string | undefined {
  const sent = request.headers.get("cookie") ?? "";
  return new RegExp(`(?:^|; *)${VISITOR_COOKIE}=([0-9A-Za-z]{22})(?:;|$)`).exec(sent)?.[1];
}

export const newVisitor = (): string => randomToken();

/** Set-Cookie: for this link alone, out of scripts' reach, and only where a limit counts what a browser takes. */
export function visitorCookie(request: Request, token: string, visitor: string): string {
  const secure = request.headers.get("x-forwarded-proto") === "https" ? "; Secure" : "";
  return `${VISITOR_COOKIE}=${visitor}; Path=/t/${token}; Max-Age=${LIFE_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
}
