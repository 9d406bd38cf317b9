import { createHmac, timingSafeEqual } from "node:crypto";
import type { Keys } from "#lib/kernel/keys.ts";

/** How long a download may be continued after it was begun. */
const LIFETIME_SECONDS = 24 * 3600;

type FileKey = { workspaceId: string; transferId: string; ordinal: number };

/** 128 bits of HMAC-SHA256 in base64url: 22 characters. */
function mac(key: string, file: FileKey, expires: string): string {
  const text = `download\n${file.workspaceId}\n${file.transferId}\n${file.ordinal}\n${expires}`;
  return createHmac("sha256", key).update(text).digest().subarray(0, 16).toString("base64url");
}

/** A grant, which proves that a download of this file was counted: `<expiry, seconds in base 36>-<HMAC>`. */
export function mintGrantToken([newest]: Keys, file: FileKey, now: Date): string {
  const expires = Math.floor(now.getTime() / 1000 + LIFETIME_SECONDS).toString(36);
  return `${expires}-${mac(newest, file, expires)}`;
}

/** Whether the token is a grant for this file that has not expired. */
export function isGrantToken(keys: Keys, file: FileKey, token: string, now: Date): boolean {
  const [, expires, given] = /^([0-9a-z]{6,8})-([\w-]{22})$/.exec(token) ?? [];
  if (!expires || !given) return false;
  const isMadeWith = (key: string) => timingSafeEqual(Buffer.from(mac(key, file, expires)), Buffer.from(given));
  if (!keys.some(isMadeWith)) return false;
  return Number.parseInt(expires, 36) * 1000 > now.getTime();
}
