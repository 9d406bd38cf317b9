/**
 * Whether another site's page sends this request. Browsers say where one comes from: pages that are nobody's, as in a
 * frame without an origin of its own, say `null`, and programs say nothing.
 */
export function isOtherOrigin({ headers }: { headers: Pick<Headers, "get"> }): boolean {
  const origin = headers.get("origin");
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return origin !== null && !(URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}
