import { createHmac, timingSafeEqual } from "node:crypto";
import { randomToken } from "../kernel/id.ts";
import type { Keys } from "../kernel/keys.ts";

/** Hours for which a printed sign-in link can be used. */
const LIFETIME_HOURS = 24;

const signature = (key: string, nonce: string, expires: string) =>
  createHmac("sha256", key).update(`sign-in\nowner\n${nonce}\n${expires}`).digest("base64url");

/**
 * A one-time token that signs its holder in as the owner: `<nonce>-<expiry, seconds in base 36>-<HMAC-SHA256>`.
 * Making one needs the deployment's keys and nothing else; that it is used once is seen to when it is redeemed.
 */
export function mintSignInToken(options: { keys: Keys; now: Date }): string {
  const nonce = randomToken();
  const expires = Math.floor(options.now.getTime() / 1000 + LIFETIME_HOURS * 3600).toString(36);
  return `${nonce}-${expires}-${signature(options.keys[0], nonce, expires)}`;
}

/** What a genuine token says, expired or not; undefined for anything else. */
export function readSignInToken(keys: Keys, token: string): { nonce: string; expiresAt: Date } | undefined {
  const [, nonce, expires, given] = /^([0-9A-Za-z]{22})-([0-9a-z]{6,8})-([\w-]{43})$/.exec(token) ?? [];
  if (!nonce || !expires || !given) return undefined;
  const isMadeWith = (key: string) => timingSafeEqual(Buffer.from(signature(key, nonce, expires)), Buffer.from(given));
  if (!keys.some(isMadeWith)) return undefined;
  return { nonce, expiresAt: new Date(Number.parseInt(expires, 36) * 1000) };
}
