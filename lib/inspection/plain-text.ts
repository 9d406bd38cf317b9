import { analyse } from "chardet";

/** How the bytes of a text are to be read: a label of the Encoding Standard. `guessed`: by what is likely, not by a mark. */
export type TextCode = { label: string; guessed: boolean };

/** Controls that no text has: all but tab, line feed, vertical tab, form feed, carriage return and escape. */
const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/** Codes of many letters, which are hardly taken for each other, and those of few, by the detector's names for them. */
const CODES: Record<string, { label: string; name: string; least: number }> = {
  Shift_JIS: { label: "shift_jis", name: "Japanese (Shift JIS)", least: 50 },
  "EUC-JP": { label: "euc-jp", name: "Japanese (EUC)", least: 50 },
  "ISO-2022-JP": { label: "iso-2022-jp", name: "Japanese (JIS)", least: 50 },
  GB18030: { label: "gb18030", name: "simplified Chinese (GB 18030)", least: 50 },
  Big5: { label: "big5", name: "traditional Chinese (Big5)", least: 50 },
  "EUC-KR": { label: "euc-kr", name: "Korean (EUC)", least: 50 },
  "windows-1251": { label: "windows-1251", name: "Cyrillic (Windows-1251)", least: 25 },
  "KOI8-R": { label: "koi8-r", name: "Cyrillic (KOI8-R)", least: 25 },
  "ISO-8859-5": { label: "iso-8859-5", name: "Cyrillic (ISO 8859-5)", least: 25 },
  "ISO-8859-6": { label: "iso-8859-6", name: "Arabic (ISO 8859-6)", least: 25 },
  "windows-1256": { label: "windows-1256", name: "Arabic (Windows-1256)", least: 40 },
  "ISO-8859-7": { label: "windows-1253", name: "Greek (Windows-1253)", least: 25 },
  "windows-1253": { label: "windows-1253", name: "Greek (Windows-1253)", least: 25 },
  "ISO-8859-8": { label: "windows-1255", name: "Hebrew (Windows-1255)", least: 25 },
  "windows-1255": { label: "windows-1255", name: "Hebrew (Windows-1255)", least: 25 },
  "ISO-8859-2": { label: "iso-8859-2", name: "Central European (ISO 8859-2)", least: 40 },
  "windows-1250": { label: "windows-1250", name: "Central European (Windows-1250)", least: 40 },
  "windows-1254": { label: "windows-1254", name: "Turkish (Windows-1254)", least: 40 },
  "ISO-8859-1": { label: "windows-1252", name: "Western European (Windows-1252)", least: 25 },
  "windows-1252": { label: "windows-1252", name: "Western European (Windows-1252)", least: 25 },
};
const WESTERN: TextCode = { label: "windows-1252", guessed: true };

/**
 * Which text these first bytes of a file are, or undefined where they are none. Without a byte order mark it is UTF-8
 * when that decodes, else what its bytes are likely to be, else the old code of Windows when most of it is plain ASCII.
 */
export function textCode(head: Uint8Array): TextCode | undefined {
  if (head.length === 0) return undefined;
  if (head[0] === 0xff && head[1] === 0xfe) return controlled(head, "utf-16le");
  if (head[0] === 0xfe && head[1] === 0xff) return controlled(head, "utf-16be");
  const bytes = head.subarray(0, endOfText(head));
  if (CONTROL.test(latin1(bytes))) return unmarkedUtf16(bytes);
  const code = bytes.includes(0x1b) ? guess(bytes) : undefined;
  if (code?.label === "iso-2022-jp") return code;
  if (isUtf8(bytes)) return { label: "utf-8", guessed: false };
  return guess(bytes);
}

/** What a person calls a code that was guessed. */
export const nameOfCode = ({ label }: TextCode): string =>
  Object.values(CODES).find((code) => code.label === label)?.name ?? label.toUpperCase();

/** Decodes what may be cut off in the middle of a character, without a byte order mark and DOS's mark of the end. */
export function decodeText(bytes: Uint8Array, { label }: TextCode): string {
  const whole = label.startsWith("utf-16") ? bytes : bytes.subarray(0, endOfText(bytes));
  return new TextDecoder(label).decode(whole, { stream: true });
}

/** The text as UTF-8, of no more than `limit` bytes and cut between characters. */
export function encodeText(text: string, limit: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(limit, text.length * 3));
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written);
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

/** Programs of DOS end a text with control-Z, and fill its last block with more of them or with zeros. */
function endOfText(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x1a || bytes[end - 1] === 0)) end--;
  return bytes[end] === 0x1a ? end : bytes.length;
}

function guess(bytes: Uint8Array): TextCode | undefined {
  for (const { name, confidence } of analyse(bytes).slice(0, 3)) {
    const code = CODES[name];
    if (code && confidence >= code.least) return { label: code.label, guessed: true };
  }
  let ascii = 0;
  for (const byte of bytes) if (byte < 0x7f) ascii++;
  return ascii > bytes.length * 0.7 ? WESTERN : undefined;
}

/** Letters of most alphabets have a zero for every second byte. */
function unmarkedUtf16(bytes: Uint8Array): TextCode | undefined {
  const zeros = [0, 0];
  for (const [at, byte] of bytes.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const pairs = bytes.length / 2;
  if (pairs < 4 || Math.max(even, odd) < pairs * 0.3 || Math.min(even, odd) > pairs * 0.02) return undefined;
  const code = controlled(bytes, odd > even ? "utf-16le" : "utf-16be");
  return code && { ...code, guessed: true };
}

function controlled(head: Uint8Array, label: string): TextCode | undefined {
  const code = { label, guessed: false };
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
