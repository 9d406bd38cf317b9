/**
 * Where people reach this deployment, for links that are mailed or shown: as it was configured, whatever a request says.
 * A deployment without a domain of its own learns CloudFront's only from the edge, which writes that header itself.
 */
export function originOf(sent: Pick<Headers, "get">): string | undefined {
  const configured = process.env["DORMOUSE_ORIGIN"];
  if (configured) return configured;
  const host = sent.get("x-forwarded-host") ?? sent.get("host") ?? "";
  if (!/^[a-z0-9.-]+(:\d+)?$|^\[::1\](:\d+)?$/i.test(host)) return undefined;
  const local = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host);
  return `${local ? "http" : "https"}://${host.toLowerCase()}`;
}
