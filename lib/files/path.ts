import { InvalidInput } from "#lib/kernel/errors.ts";

/** Characters of a path, folders included. */
const MAX_PATH = 4096;
/** Characters of one name: more than any file system gives, so that an honest name is never refused. */
const MAX_NAME = 1024;

/** How a sentence shows a path: its end, with control characters made harmless. */
const shown = (path: string) => JSON.stringify(path.length > 60 ? `…${path.slice(-60)}` : path);

/**
 * A path as it is kept: relative, `/` between folders, in Unicode's NFC. Names are data: dots, control characters and
 * direction marks stay as they are. Throws InvalidInput for what cannot be a place inside a folder.
 */
export function normalizePath(path: string): string {
  if (path.length > MAX_PATH) throw new InvalidInput(`The path ${shown(path)} is longer than ${MAX_PATH} characters.`);
  const names = path
    .toWellFormed()
    .normalize("NFC")
    .split("/")
    .filter((name) => name !== "" && name !== ".");
  if (names.length === 0) throw new InvalidInput("A file needs a name.");
  for (const name of names) {
    if (name === "..") throw new InvalidInput(`The path ${shown(path)} leads out of its folder.`);
    if (name.length > MAX_NAME)
      throw new InvalidInput(`The name ${shown(name)} is longer than ${MAX_NAME} characters.`);
  }
  return names.join("/");
}

/** A name that is safe to save as: no separators, no control characters, no marks that reverse the reading direction. */
export function downloadName(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  // C0 and C1 controls; then the bidirectional marks, embeddings, overrides and isolates of Unicode.
  const safe = name
    .replace(/[\u0000-\u001f\u007f-\u009f\\/:*?"<>|]/g, "_")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  const trimmed = safe.replace(/^\.+$/, "_").trim() || "file";
  if (trimmed.length <= 200) return trimmed;
  const dot = trimmed.lastIndexOf(".");
  const ending = dot > 0 && trimmed.length - dot <= 20 ? trimmed.slice(dot) : "";
  return trimmed.slice(0, 200 - ending.length).toWellFormed() + ending;
}

/** The Content-Disposition of a download (RFC 6266), with a plain fallback for old clients. */
export function attachment(path: string): string {
  const name = downloadName(path);
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
