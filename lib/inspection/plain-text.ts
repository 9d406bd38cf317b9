/** How the bytes of a text are to be read. */
export type TextCode = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** Controls that no text has: all but tab, line feed, vertical tab, form feed, carriage return and escape. */
const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/**
 * Which text these first bytes of a file are, or undefined where they are none. Without a byte order mark it is UTF-8
 * when that decodes, else the old code of Windows when most of it is plain ASCII.
 */
export function textCode(head: Uint8Array): TextCode | undefined {
  if (head.length === 0) return undefined;
  if (head[0] === 0xff && head[1] === 0xfe) return controlled(head, "utf-16le");
  if (head[0] === 0xfe && head[1] === 0xff) return controlled(head, "utf-16be");
  if (CONTROL.test(Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1"))) return undefined;
  if (isUtf8(head)) return "utf-8";
  let ascii = 0;
  for (const byte of head) if (byte < 0x7f) ascii++;
  return ascii > head.length * 0.7 ? "windows-1252" : undefined;
}

/** Decodes what may be cut off in the middle of a character, without a byte order mark. */
export function decodeText(bytes: Uint8Array, code: TextCode): string {
  return new TextDecoder(code).decode(bytes, { stream: true });
}

/** The text as UTF-8, of no more than `limit` bytes and cut between characters. */
export function encodeText(text: string, limit: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(limit, text.length * 3));
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written);
}

function controlled(head: Uint8Array, code: TextCode): TextCode | undefined {
  return CONTROL.test(decodeText(head, code)) ? undefined : code;
}

function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
