/**
 * User metadata on its way through HTTP headers ("User-defined object metadata" in the user guide): values beyond ASCII
 * are decoded as per RFC 2047 before they are stored and encoded again before they are returned.
 *
 * S3 takes each byte of a header for a character of ISO 8859-1, as Node does: "ö" sent as UTF-8 comes back as the
 * encoded word of "Ã¶". The kept values are such texts.
 */
const ENCODED_WORD = /=\?([\w-]+)\?([bq])\?([^? ]*)\?=(?:[ \t]+(?==\?))?/gi;

export function decodeMetadata(value: string): string {
  return value.replaceAll(ENCODED_WORD, (word, charset: string, encoding: string, text: string) => {
    const bytes = encoding.toUpperCase() === "B" ? Buffer.from(text, "base64") : decodeQ(text);
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch (error) {
      // A charset or bytes that mean nothing: S3 keeps such a word as it was written.
      if (error instanceof RangeError || error instanceof TypeError) return word;
      throw error;
    }
  });
}

const decodeQ = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll("_", " ")
      .replaceAll(/=([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    "latin1",
  );

/** ASCII is presented as it is. Of the rest, what is mostly ASCII is written in Q, and else in B. */
export function encodeMetadata(value: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value)) return value;
  const bytes = Buffer.from(value, "utf8");
  const ascii = [...value].filter((character) => character < "\u0080").length;
  if (ascii <= [...value].length - ascii) return `=?UTF-8?B?${bytes.toString("base64")}?=`;
  const q = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === " ") return "_";
    return /[!-<>@-^`-~]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `=?UTF-8?Q?${q.join("")}?=`;
}

export const metadataHeaders = (meta: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(meta).map(([name, value]) => [`x-amz-meta-${name}`, encodeMetadata(value)]));
