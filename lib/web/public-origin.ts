/**
 * This deployment's origin, for links that are mailed or shown: the configured one, whatever a request says. A
 * deployment without a domain of its own learns its CloudFront domain only from a header that CloudFront sets itself.
 */
export function originOf(sent: Pick<Headers, "get">): string | undefined {
  const configured = process.env["DORMOUSE_ORIGIN"];
  if (configured) return configured;
  const host = sent.get("x-forwarded-host") ?? sent.get("host") ?? "";
  if (!/^[a-z0-9.-]+(:\d+)?$|^\[::1\](:\d+)?$/i.test(host)) return undefined;
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host);
  return `${local ? "http" : "https"}://${host.toLowerCase()}`;
}
