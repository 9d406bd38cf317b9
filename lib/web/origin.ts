/**
 * Whether another site's page sends this request. Browsers say where a request comes from. Pages without an origin, as
 * in a sandboxed frame, say `null`, and programs say nothing.
 */
export function isOtherOrigin({ headers }: { headers: Pick<Headers, "get"> }): boolean {
  const origin = headers.get("origin");
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return origin !== null && !(URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}
