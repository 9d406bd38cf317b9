import { cookies, headers } from "next/headers";
import { SESSION_SECONDS } from "#lib/members/session.store.ts";

const NAME = "dormouse_session";

export const readSession = async (): Promise<string | undefined> => (await cookies()).get(NAME)?.value;

/** HttpOnly and SameSite=Lax always; Secure wherever the page itself came over TLS. */
export async function writeSession(token: string): Promise<void> {
  const secure = (await headers()).get("x-forwarded-proto") === "https";
  (await cookies()).set(NAME, token, { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: SESSION_SECONDS });
}

/** Set by the page that signs in just before it does, to see whether this browser takes cookies at all. */
const PROBE = "dormouse_cookies";

export async function takesCookies(): Promise<boolean> {
  const jar = await cookies();
  return jar.has(PROBE) || jar.has(NAME);
}

export async function clearSession(): Promise<void> {
  (await cookies()).delete(NAME);
}
