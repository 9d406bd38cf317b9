import { cookies, headers } from "next/headers";
import { cookieName } from "#lib/kernel/cookie-name.ts";

/** Whether the browser's connection uses TLS; CloudFront says so in a header that it sets itself. */
export const isOverTls = (sent: Pick<Headers, "get">): boolean => sent.get("x-forwarded-proto") === "https";

/** The name of a cookie for this request. */
export const nameOfCookie = async (name: string): Promise<string> => cookieName(name, isOverTls(await headers()));

export const readCookie = async (name: string): Promise<string | undefined> =>
  (await cookies()).get(await nameOfCookie(name))?.value;
