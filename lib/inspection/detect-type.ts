import { fileTypeFromBuffer } from "file-type";
import type { FileKind } from "../workflow/run.schema.ts";
import { natureOf, textType } from "./file-kinds.ts";
import { endingOf, lieOf } from "./lies.ts";
import { type DetectLimits, detectLimits } from "./limits.ts";
import { decodeText, textCode } from "./plain-text.ts";
import { type ByteSource, type Options, readHead } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";
import { openZip } from "./zip-directory.ts";

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
  const type = await typeOf(source, head, endingOf(name), limits);
  const notice = lieOf(name, declared, type);
  const kind = natureOf(type)?.kind ?? "other";
  return { type, kind, lies: notice !== undefined, ...(notice ? { notice } : {}) };
}

async function typeOf(source: ByteSource, head: Uint8Array, ending: string, limits: DetectLimits): Promise<string> {
  if (pdfMark(head) === 0) return "application/pdf";
  const code = textCode(head);
  if (code) {
    const text = decodeText(head, code);
    return text.startsWith("{\\rtf") ? "application/rtf" : textType(text, ending);
  }
  const found = await fileTypeFromBuffer(head);
  if (!found) return pdfMark(head) > 0 ? "application/pdf" : UNKNOWN;
  if (found.ext === "tar.gz") return "application/x-compressed-tar";
  if (found.mime === "application/zip") return zipType(source, limits.zipEntries);
  if (found.mime === "application/x-cfb") return compoundType(source, head, ending);
  return found.mime;
}

/** Readers of PDF look for its mark in the first KiB. */
function pdfMark(head: Uint8Array): number {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).indexOf("%PDF-");
}

const OPEN_XML: [prefix: string, type: string][] = [
  ["word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
];

/** A zip is what its directory says, wherever its writer has put the telling entries. */
async function zipType(source: ByteSource, entries: number): Promise<string> {
  const paths: string[] = [];
  try {
    for await (const { path } of (await openZip(source, "This zip is damaged.")).entries()) {
      if (paths.push(path) === entries) break;
    }
  } catch (error) {
    if (!(error instanceof Unpreviewable)) throw error;
  }
  if (paths.includes("AndroidManifest.xml")) return "application/vnd.android.package-archive";
  if (!paths.includes("[Content_Types].xml")) return "application/zip";
  return OPEN_XML.find(([prefix]) => paths.some((path) => path.startsWith(prefix)))?.[1] ?? "application/zip";
}

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
