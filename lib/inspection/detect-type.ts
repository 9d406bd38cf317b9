import { fileTypeFromBuffer } from "file-type";
import type { FileKind } from "../kernel/file-kind.ts";
import { extensionOf } from "../kernel/file-name.ts";
import { textType, typeInfoOf } from "./file-kinds.ts";
import { type DetectLimits, detectLimits } from "./limits.ts";
import { decodeText, textCode } from "./plain-text.ts";
import { type ByteSource, type Options, readHead } from "./source.ts";
import { typeMismatch, unrecognised } from "./type-mismatch.ts";
import { type Content, endsAsZip, ZIP, zipType } from "./zip-type.ts";

/** `lies`: its name or declared type promises something else; then `notice` says so in a sentence. */
export type Detected = { type: string; kind: FileKind; lies: boolean; notice?: string };

const UNKNOWN = "application/octet-stream";

/** What a file is, by its bytes; of an office document and a zip also by the zip's directory, through ranges. */
export async function detectType(
  source: ByteSource,
  { name, declared }: { name: string; declared?: string | undefined },
  { limits: changed, signal }: Options<DetectLimits> = {},
): Promise<Detected> {
  const limits = { ...detectLimits, ...changed };
  if (source.size === 0) return { type: UNKNOWN, kind: "other", lies: false, notice: "This file is empty." };
  const head = await readHead(source, limits.headBytes);
  signal?.throwIfAborted();
  const content = await contentOf(source, head, extensionOf(name), limits, signal);
  const { type } = content;
  const lie = typeMismatch(name, declared, content);
  const notice = lie ?? (type === UNKNOWN ? unrecognised(name, declared) : undefined);
  const kind = typeInfoOf(type)?.kind ?? "other";
  return { type, kind, lies: lie !== undefined, ...(notice ? { notice } : {}) };
}

const sure = (type: string): Content => ({ type, sure: true });

async function contentOf(
  source: ByteSource,
  head: Uint8Array,
  ending: string,
  limits: DetectLimits,
  signal: AbortSignal | undefined,
): Promise<Content> {
  const mark = pdfMark(head);
  const code = textCode(head);
  // A text may speak of PDF; only a PDF has objects.
  if (mark === 0 || (mark > 0 && code && hasObjects(head))) return sure("application/pdf");
  if (code) {
    const text = decodeText(head, code);
    return sure(text.startsWith("{\\rtf") ? "application/rtf" : textType(text, ending));
  }
  const found = await foundIn(head);
  if (found?.ext === "tar.gz") return sure("application/x-compressed-tar");
  if (found?.mime === "application/x-cfb") return sure(await compoundType(source, head, ending));
  if (await isZip(source, head, ending)) {
    const content = await zipType(source, ending, limits.zipEntries, signal);
    return content.type === ZIP && found ? { ...content, type: found.mime } : content;
  }
  if (found) return sure(found.mime);
  return sure(mark > 0 ? "application/pdf" : (unlistedType(source, head, ending) ?? UNKNOWN));
}

/** What `file-type` knows, without the codecs that it adds to some types. */
async function foundIn(head: Uint8Array): Promise<{ ext: string; mime: string } | undefined> {
  const found = await fileTypeFromBuffer(head);
  return found && { ext: found.ext, mime: found.mime.replace(/;.*$/, "") };
}

/** Marks that `file-type` doesn't know, or for which it needs more than the beginning. */
const MARKS: [hex: string, type: string][] = [
  // TIFF and BigTIFF, of either byte order: what tells more may stand at the end of the file.
  ["49492a00", "image/tiff"],
  ["4d4d002a", "image/tiff"],
  ["49492b00", "image/tiff"],
  ["4d4d002b", "image/tiff"],
  // Excel 2 to 5: the record that begins a sheet or a book, before there were compound files.
  ["09000400", "application/vnd.ms-excel"],
  ["09000600", "application/vnd.ms-excel"],
  ["09020600", "application/vnd.ms-excel"],
  ["09040600", "application/vnd.ms-excel"],
  ["09080600", "application/vnd.ms-excel"],
  ["09080800", "application/vnd.ms-excel"],
  ["09081000", "application/vnd.ms-excel"],
  // Word 1 and 2 for Windows, Word 4 and 5 for the Mac, Word for DOS and Write.
  ["9ba52100", "application/msword"],
  ["dba52d00", "application/msword"],
  ["fe370023", "application/msword"],
  ["fe37001c", "application/msword"],
  ["31be0000", "application/msword"],
];

const startsWith = (head: Uint8Array, hex: string): boolean => {
  const mark = Buffer.from(hex, "hex");
  return Buffer.compare(head.subarray(0, mark.length), mark) === 0;
};

/** By its first bytes, one split or written in parts included; else, where its name promises one, by its end. */
async function isZip(source: ByteSource, head: Uint8Array, ending: string): Promise<boolean> {
  const marks = ["504b0304", "504b0506", "504b0708", "504b3030504b0304"];
  if (marks.some((mark) => startsWith(head, mark))) return true;
  return holdsZip(ending) && !MARKS.some(([mark]) => startsWith(head, mark)) && (await endsAsZip(source));
}

function unlistedType(source: ByteSource, head: Uint8Array, ending: string): string | undefined {
  const known = MARKS.find(([mark]) => startsWith(head, mark));
  if (known) return known[1];
  // A tar of nothing is two blocks of zeros, or more.
  const empty = ending === "tar" && source.size >= 1024 && source.size % 512 === 0 && head.every((byte) => byte === 0);
  return empty ? "application/x-tar" : undefined;
}

/** Whether names with this ending promise a zip, or a document that is one. */
const holdsZip = (ending: string): boolean => /^(zip|jar|(do|xl|pp)[a-z][xm]|od[a-z]|pages|numbers|key)$/.test(ending);

/** Readers of PDF look for its mark in the first KiB. */
function pdfMark(head: Uint8Array): number {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).indexOf("%PDF-");
}

const hasObjects = (head: Uint8Array): boolean =>
  /\d \d+ obj\b/.test(Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1"));

const COMPOUND: Record<string, string> = {
  doc: "application/msword",
  dot: "application/msword",
  xls: "application/vnd.ms-excel",
  ppt: "application/vnd.ms-powerpoint",
  pps: "application/vnd.ms-powerpoint",
  msg: "application/vnd.ms-outlook",
};
/** The class of Windows installers, {000C1084-0000-0000-C000-000000000046}, as it lies in the file. */
const INSTALLER = Buffer.from("84100c0000000000c000000000000046", "hex");

/** Old Office files and Windows installers share a container, whose root says which it is. */
async function compoundType(source: ByteSource, head: Uint8Array, ending: string): Promise<string> {
  if (head.length < 512) return UNKNOWN;
  const view = new DataView(head.buffer, head.byteOffset);
  const root = (view.getUint32(0x30, true) + 1) * 2 ** Math.min(view.getUint16(0x1e, true), 16);
  if (root + 96 > source.size) return UNKNOWN;
  if (INSTALLER.equals(await source.read(root + 80, root + 96))) return "application/x-msi";
  return COMPOUND[ending] ?? "application/x-cfb";
}
