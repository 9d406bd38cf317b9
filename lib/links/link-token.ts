import { createHmac, timingSafeEqual } from "node:crypto";

const PREFIX = "ln_";

/** 128 bits of HMAC-SHA256 over id and version, in base64url: 22 characters. */
function mac(secret: string, linkId: string, version: number): string {
  return createHmac("sha256", secret)
    .update(`link\n${linkId}\n${version}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}

/** What a guest's URL ends with: the link's id and its HMAC, 44 characters. It is derived, so it can be shown again. */
export function mintLinkToken(secret: string, link: { id: string; version: number }): string {
  return link.id.slice(PREFIX.length) + mac(secret, link.id, link.version);
}

/** The id that a token claims; whether it is genuine is for `versionOfToken` to say. */
export function linkIdOfToken(token: string): string | undefined {
  return /^[0-9A-Za-z]{22}[\w-]{22}$/.test(token) ? PREFIX + token.slice(0, 22) : undefined;
}

/** The version, up to the current one, that a token was made for; undefined when it was never made by us. */
export function versionOfToken(
  secret: string,
  token: string,
  link: { id: string; version: number },
): number | undefined {
  const given = Buffer.from(token.slice(22));
  for (let version = link.version; version > Math.max(0, link.version - 100); version--) {
    if (timingSafeEqual(Buffer.from(mac(secret, link.id, version)), given)) return version;
  }
  return undefined;
}
