import { cookies, headers } from "next/headers";
import { SESSION_SECONDS } from "#lib/members/session.store.ts";

/**
 * HttpOnly and SameSite=Lax always. Wherever the page itself came over TLS it is Secure, and its name says so: browsers
 * take `__Host-` from this very host over TLS alone, so that no neighbouring host can set it.
 */
async function sessionCookie() {
  const secure = (await headers()).get("x-forwarded-proto") === "https";
  const name = secure ? "__Host-dormouse_session" : "dormouse_session";
  return { name, httpOnly: true, sameSite: "lax", secure, path: "/" } as const;
}

export const readSession = async (): Promise<string | undefined> =>
  (await cookies()).get((await sessionCookie()).name)?.value;

export async function writeSession(value: string): Promise<void> {
  (await cookies()).set({ ...(await sessionCookie()), value, maxAge: SESSION_SECONDS });
}

/** Set by the page that signs in just before it does, to see whether this browser takes cookies at all. */
const PROBE = "dormouse_cookies";

export async function takesCookies(): Promise<boolean> {
  const jar = await cookies();
  return jar.has(PROBE) || jar.has((await sessionCookie()).name);
}

export async function clearSession(): Promise<void> {
  (await cookies()).set({ ...(await sessionCookie()), value: "", maxAge: 0 });
}
