import { setImmediate } from "node:timers/promises";
import type { ByteSource } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";
import { openZip, type ZipDirectory, type ZipEntry } from "./zip-directory.ts";

/** `sure`: all that could tell otherwise was looked at. */
export type Content = { type: string; sure: boolean };

export const ZIP = "application/zip";
/** Of an entry that tells what the zip is, in bytes. */
const TELLING_BYTES = 256 * 1024;

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/** By the content type of the main part, wherever in the package it lies (ECMA-376, part 2). */
const MAIN_PARTS: [RegExp, string][] = [
  [/wordprocessingml\.(document|template)\.main\+xml|ms-word\.(document|template)\.macroEnabled/, WORD],
  [/spreadsheetml\.(sheet|template)\.main\+xml|ms-excel\.(sheet|template|addin)\./, EXCEL],
  [/presentationml\.(presentation|slideshow|template)\.main\+xml|ms-powerpoint\.\w+\.macroEnabled/, POWERPOINT],
  [/application\/vnd\.ms-visio\./, "application/vnd.visio"],
];
/** Where writers that leave the content types out put it. */
const PREFIXES: [string, string][] = [
  ["word/", WORD],
  ["xl/", EXCEL],
  ["ppt/", POWERPOINT],
];

const APPLE: Record<string, string> = {
  pages: "application/vnd.apple.pages",
  numbers: "application/vnd.apple.numbers",
  key: "application/vnd.apple.keynote",
};
const OPEN_DOCUMENT: Record<string, string> = {
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odp: "application/vnd.oasis.opendocument.presentation",
};

/** Entries between which other files have their turn, since this is no thread of its own. */
const ENTRIES_WITHOUT_PAUSE = 200;

/** A zip is what its directory says, wherever its writer has put the telling entries. `ending` is that of its name. */
export async function zipType(
  source: ByteSource,
  ending: string,
  entries: number,
  signal?: AbortSignal,
): Promise<Content> {
  const found = new Map<string, ZipEntry>();
  let sure = true;
  let read = 0;
  try {
    const zip = await openZip(source, "This zip is damaged.");
    for await (const entry of zip.entries()) {
      found.set(entry.path, entry);
      if (++read % ENTRIES_WITHOUT_PAUSE === 0) {
        await setImmediate();
        signal?.throwIfAborted();
      }
      if (read < entries) continue;
      sure = false;
      break;
    }
    return { type: await typeOf(zip, found, ending), sure };
  } catch (error) {
    if (!(error instanceof Unpreviewable)) throw error;
    return { type: ZIP, sure: false };
  }
}

async function typeOf(zip: ZipDirectory, found: Map<string, ZipEntry>, ending: string): Promise<string> {
  const has = (path: string) => found.has(path);
  const begins = (prefix: string) => found.keys().some((path) => path.startsWith(prefix));
  const read = async (path: string): Promise<string> => {
    const entry = found.get(path);
    return entry ? await readText(zip, entry) : "";
  };
  if (has("AndroidManifest.xml") && (has("classes.dex") || has("resources.arsc"))) {
    return "application/vnd.android.package-archive";
  }
  if (has("[Content_Types].xml")) {
    const types = await read("[Content_Types].xml");
    const main = MAIN_PARTS.find(([pattern]) => pattern.test(types)) ?? PREFIXES.find(([prefix]) => begins(prefix));
    return main?.[1] ?? ZIP;
  }
  const stated = (await read("mimetype")).trim();
  if (/^application\/(vnd\.(oasis\.opendocument|sun\.xml)\.[\w.-]{1,60}|epub\+zip)$/.test(stated)) return stated;
  if (has("META-INF/manifest.xml") && has("content.xml")) {
    return OPEN_DOCUMENT[ending] ?? "application/vnd.oasis.opendocument.text";
  }
  if (has("index.apxl")) return "application/vnd.apple.keynote";
  if (has("Index.zip") || has("index.xml") || begins("Index/") || begins("QuickLook/")) return APPLE[ending] ?? ZIP;
  return ZIP;
}

/** The beginning of an entry; empty where it can't be read. */
async function readText(zip: ZipDirectory, entry: ZipEntry): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of zip.open(entry)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= TELLING_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof Unpreviewable)) throw error;
    return "";
  }
  const whole = Buffer.concat(chunks).subarray(0, TELLING_BYTES);
  return new TextDecoder(whole[0] === 0xff ? "utf-16le" : whole[0] === 0xfe ? "utf-16be" : "utf-8").decode(whole);
}

/** The longest end of a zip: its record, and a comment. */
const END_BYTES = 22 + 0xffff;
const END = Buffer.from("PK\x05\x06", "latin1");

/** Whether a zip ends here: the last of several parts, or one behind bytes of something else. */
export async function endsAsZip(source: ByteSource): Promise<boolean> {
  const from = Math.max(0, source.size - END_BYTES);
  const tail = Buffer.from(await source.read(from, source.size));
  for (let at = tail.lastIndexOf(END); at >= 0; at = at > 0 ? tail.lastIndexOf(END, at - 1) : -1) {
    if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length) return true;
  }
  return false;
}
