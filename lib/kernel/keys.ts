/** What is signed, each with keys of its own: links of guests, grants of downloads, sign-in links. */
export const PURPOSES = ["links", "grants", "sign-in"] as const;
export type Purpose = (typeof PURPOSES)[number];

export const findPurpose = (word: string | undefined): Purpose | undefined => PURPOSES.find((one) => one === word);

/**
 * The keys of one purpose, the newest first. The newest signs; what any of them has signed is genuine. So a key is
 * rotated in two steps: a new one is put before it, and later the old ones are withdrawn.
 */
export type Keys = readonly [newest: string, ...older: string[]];

/** Keys as they are kept: text with commas between them. Throws where there is none. */
export function readKeys(text: string): Keys {
  const [newest = "", ...older] = text.split(",").map((key) => key.trim());
  if (!newest || older.includes("")) throw new Error("A secret has no key in it.");
  return [newest, ...older];
}

export const writeKeys = (keys: Keys): string => keys.join(",");

/** A key at random: 256 bits in hexadecimal. */
export const makeKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** With a new key before the others. */
export const rotated = (keys: Keys): Keys => [makeKey(), ...keys];

/** Without the older keys: what these have signed is worth nothing any more. */
export const withdrawn = ([newest]: Keys): Keys => [newest];
