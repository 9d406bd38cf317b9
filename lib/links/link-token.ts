import { createHmac, timingSafeEqual } from "node:crypto";
import type { Keys } from "../kernel/keys.ts";

const PREFIX = "ln_";

/** 128 bits of HMAC-SHA256 over id and version, in base64url: 22 characters. */
function mac(key: string, linkId: string, version: number): string {
  return createHmac("sha256", key).update(`link\n${linkId}\n${version}`).digest().subarray(0, 16).toString("base64url");
}

/**
 * What a guest's URL ends with: the link's id and its HMAC, 44 characters. It is derived, so it can be shown again; once
 * keys were rotated it is another one, and those shown before open as well.
 */
export function mintLinkToken([newest]: Keys, link: { id: string; version: number }): string {
  return link.id.slice(PREFIX.length) + mac(newest, link.id, link.version);
}

/** The id that a token claims; whether it is genuine is for `versionOfToken` to say. */
export function linkIdOfToken(token: string): string | undefined {
  return /^[0-9A-Za-z]{22}[\w-]{22}$/.test(token) ? PREFIX + token.slice(0, 22) : undefined;
}

/** The version, up to the current one, that a token was made for; undefined when it was never made by us. */
export function versionOfToken(keys: Keys, token: string, link: { id: string; version: number }): number | undefined {
  const given = Buffer.from(token.slice(22));
  for (let version = link.version; version > Math.max(0, link.version - 100); version--) {
    if (keys.some((key) => timingSafeEqual(Buffer.from(mac(key, link.id, version)), given))) return version;
  }
  return undefined;
}
