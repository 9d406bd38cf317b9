const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 22 characters of base 62: 131 bits from the system's generator, without modulo bias. */
export function randomToken(length = 22): string {
  let token = "";
  while (token.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < 248 && token.length < length) token += ALPHABET[byte % 62];
    }
  }
  return token;
}

/** 22 characters of base 62 that stand for a number, such as a hash of 131 bits or more. */
export function tokenFrom(number: bigint, length = 22): string {
  let token = "";
  for (let rest = number; token.length < length; rest /= 62n) token += ALPHABET[Number(rest % 62n)];
  return token;
}

export type IdPrefix = "ws" | "mem" | "tr" | "ln" | "wh";

/** A prefixed identifier such as `tr_4Zk…`, unguessable (131 bits). */
export const newId = (prefix: IdPrefix): string => `${prefix}_${randomToken()}`;
