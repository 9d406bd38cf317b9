import { withoutUnseen } from "./safe-text.ts";

/** The last name of a path, which has `/` between folders. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Splits a name before its extension, which keeps its dot: `a.tar.gz` is `a` and `.tar.gz`, and `.profile` has no extension. */
export function splitExtension(name: string): { stem: string; extension: string } {
  const [, stem = name, extension = ""] = /^(.+?)((?:\.tar)?\.[^.\s]{1,16})$/s.exec(name) ?? [];
  return { stem, extension };
}

/**
 * What a name says that a file is: what follows its last dot, in lower case; empty where there is none. What nobody sees
 * and spaces at the end don't count.
 */
export const extensionOf = (name: string): string =>
  /[^/\\]\.([^./\\\s]{1,16})\s*$/.exec(withoutUnseen(name, /^$/))?.[1]?.toLowerCase() ?? "";

/** `folder/name (2).ext`: of several files of one path, the second. */
export function numbered(path: string, number: number): string {
  const { stem, extension } = splitExtension(baseName(path));
  return `${path.slice(0, path.lastIndexOf("/") + 1)}${stem} (${number})${extension}`;
}

/** Bytes of a name in UTF-8 that every file system takes, with room for a number. */
const MAX_NAME_BYTES = 240;
/** Devices of Windows, whatever extension they have. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(\.|$)/i;

const encoder = new TextEncoder();

/** The name of a file or folder that every system can make: what some can't have in it is `_`. */
export function safeFileName(name: string): string {
  let safe = name
    .toWellFormed()
    .normalize("NFC")
    // The marks that turn the reading direction; then controls, separators and what Windows refuses.
    .replace(/\p{Bidi_Control}/gu, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\\/:*?"<>|]/gu, "_");
  let end = safe.length;
  while (safe[end - 1] === "." || safe[end - 1] === " ") end--;
  safe = safe.slice(0, end) + "_".repeat(safe.length - end);
  if (RESERVED.test(safe)) safe = `_${safe}`;
  return cut(safe === "" ? "_" : safe);
}

function cut(name: string): string {
  if (encoder.encode(name).length <= MAX_NAME_BYTES) return name;
  const { stem, extension } = splitExtension(name);
  let bytes = encoder.encode(extension).length;
  let kept = "";
  for (const letter of stem) {
    bytes += encoder.encode(letter).length;
    if (kept !== "" && bytes > MAX_NAME_BYTES) break;
    kept += letter;
  }
  return kept.trimEnd() + extension;
}

/** What a file of this path is saved as. */
export const downloadName = (path: string): string => safeFileName(baseName(path));

/**
 * The Content-Disposition under which a browser saves what it gets, and never shows it (RFC 6266): the name in full, and
 * one of plain characters for old clients. `name` is one that is safe to save as.
 */
export function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
