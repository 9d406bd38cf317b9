import { cookies, headers } from "next/headers";
import { cookieName } from "#lib/kernel/cookie-name.ts";
import { SESSION_SECONDS } from "#lib/members/session.store.ts";
import { isOverTls, readCookie } from "./cookies.ts";

const NAME = "dormouse_session";

/** Always HttpOnly and SameSite=Lax; Secure, with a prefixed name, if the page itself came over TLS. */
export const sessionCookieFor = (overTls: boolean) =>
  ({ name: cookieName(NAME, overTls), httpOnly: true, sameSite: "lax", secure: overTls, path: "/" }) as const;

const sessionCookie = async () => sessionCookieFor(isOverTls(await headers()));

export const readSession = (): Promise<string | undefined> => readCookie(NAME);

export async function writeSession(value: string): Promise<void> {
  (await cookies()).set({ ...(await sessionCookie()), value, maxAge: SESSION_SECONDS });
}

/** Set by the sign-in page just before signing in, to find out whether this browser accepts cookies. */
const PROBE = "dormouse_cookies";

export async function takesCookies(): Promise<boolean> {
  return ((await readCookie(PROBE)) ?? (await readSession())) !== undefined;
}

export async function clearSession(): Promise<void> {
  (await cookies()).set({ ...(await sessionCookie()), value: "", maxAge: 0 });
}
