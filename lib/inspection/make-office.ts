import { deadline } from "./deadline.ts";
import type { DocumentLimits } from "./limits.ts";
import { makeThumb } from "./make-picture.ts";
import {
  numbersHandlers,
  openDocumentHandlers,
  sheetHandlers,
  stringsHandlers,
  TextSink,
  wordHandlers,
} from "./office-text.ts";
import { encodeText } from "./plain-text.ts";
import { type ByteSource, frugal, type Made, type MadeRendition } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";
import { readXml, type XmlHandlers } from "./xml-text.ts";
import { openZip, type ZipDirectory, type ZipEntry } from "./zip-directory.ts";

const DAMAGED = "This document is damaged, or protected with a password; no preview is made of it.";
const SLOW = "Reading this document took too long.";
const LARGE = "This document is too large to be read for a preview.";
const UNREADABLE = "The text of this document can't be read.";

/** Pictures of the first page that programs put in, best first; Apple's are the only thing to show of its documents. */
const THUMBNAILS = [
  "docProps/thumbnail.jpeg",
  "docProps/thumbnail.png",
  "Thumbnails/thumbnail.png",
  "preview.jpg",
  "QuickLook/Thumbnail.jpg",
];

/**
 * `text.txt` of a document of Office (docx, xlsx, pptx) or OpenDocument (odt, ods, odp), `thumb.webp` where its writer
 * put one in, and the pages or slides that it states. Throws Unpreviewable.
 */
export async function makeOffice(source: ByteSource, limits: DocumentLimits, signal?: AbortSignal): Promise<Made> {
  const until = deadline(limits.seconds, SLOW, signal);
  const document = new OfficeDocument(
    await openZip(frugal(source, limits.readBytes, LARGE, until), DAMAGED),
    limits,
    until.check,
  );
  await document.list();
  const made: Made = { renditions: [], facts: {} };
  const pages = await document.pages();
  if (pages !== undefined) made.facts.pages = pages;
  const thumb = await document.thumb();
  if (thumb) made.renditions.push(thumb);
  const { text, trouble } = await document.text();
  if (text) made.renditions.push({ name: "text.txt", type: "text/plain", body: encodeText(text, limits.textBytes) });
  if (trouble && made.renditions.length === 0)
    throw new Unpreviewable(trouble.message, { facts: made.facts, cause: trouble });
  return trouble ? { ...made, notice: trouble.message } : made;
}

class OfficeDocument {
  readonly #zip: ZipDirectory;
  readonly #limits: DocumentLimits;
  readonly #check: () => void;
  readonly #entries = new Map<string, ZipEntry>();
  #inflated = 0;

  constructor(zip: ZipDirectory, limits: DocumentLimits, check: () => void) {
    this.#zip = zip;
    this.#limits = limits;
    this.#check = check;
  }

  async list(): Promise<void> {
    for await (const entry of this.#zip.entries()) {
      this.#check();
      this.#entries.set(entry.path, entry);
      if (this.#entries.size > this.#limits.entries) throw new Unpreviewable(LARGE);
    }
  }

  async pages(): Promise<number | undefined> {
    const found = new Map<string, number>();
    const path = ["docProps/app.xml", "meta.xml"].find((path) => this.#entries.has(path));
    if (!path) return undefined;
    try {
      await this.#read(path, numbersHandlers(found));
    } catch (error) {
      // What a document states about itself is a courtesy.
      if (!(error instanceof Unpreviewable)) throw error;
    }
    return found.get("Slides") ?? found.get("Pages") ?? found.get("page-count");
  }

  async thumb(): Promise<MadeRendition | undefined> {
    const entry = THUMBNAILS.map((path) => this.#entries.get(path)).find((entry) => entry !== undefined);
    if (!entry || entry.size > this.#limits.thumbnailBytes) return undefined;
    try {
      return await makeThumb(Buffer.concat(await Array.fromAsync(this.#inflate(entry))));
    } catch (error) {
      if (error instanceof Unpreviewable) return undefined;
      throw error;
    }
  }

  /** What was read before any trouble, too. */
  async text(): Promise<{ text: string; trouble?: Unpreviewable }> {
    const sink = new TextSink(this.#limits.textBytes);
    try {
      await this.#readAll(sink);
    } catch (error) {
      if (!(error instanceof Unpreviewable)) throw error;
      return { text: sink.text, trouble: error };
    }
    return { text: sink.text };
  }

  async #readAll(sink: TextSink): Promise<void> {
    const full = () => sink.full;
    if (this.#entries.has("word/document.xml")) return this.#read("word/document.xml", wordHandlers(sink), full);
    const slides = this.#numbered(/^ppt\/slides\/slide(\d+)\.xml$/);
    const sheets = this.#numbered(/^xl\/worksheets\/sheet(\d+)\.xml$/);
    const strings = sheets.length > 0 ? await this.#strings() : [];
    for (const [paths, handlers] of [
      [slides, wordHandlers(sink)],
      [sheets, sheetHandlers(sink, strings)],
    ] as const) {
      for (const path of paths) {
        if (sink.full) return;
        await this.#read(path, handlers, full);
        sink.add("\n\n");
      }
    }
    if (this.#entries.has("content.xml")) await this.#read("content.xml", openDocumentHandlers(sink), full);
  }

  async #strings(): Promise<string[]> {
    const strings: string[] = [];
    await this.#read("xl/sharedStrings.xml", stringsHandlers(strings));
    return strings;
  }

  #numbered(pattern: RegExp): string[] {
    const numberOf = (path: string) => Number(pattern.exec(path)?.[1]);
    return [...this.#entries.keys()].filter((path) => pattern.test(path)).sort((a, b) => numberOf(a) - numberOf(b));
  }

  async #read(path: string, handlers: XmlHandlers, enough?: () => boolean): Promise<void> {
    const entry = this.#entries.get(path);
    if (entry) await readXml(this.#inflate(entry), handlers, UNREADABLE, enough);
  }

  /** By what really comes out, whatever the archive claims. */
  async *#inflate(entry: ZipEntry): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of this.#zip.open(entry)) {
      this.#check();
      size += chunk.length;
      this.#inflated += chunk.length;
      if (size > this.#limits.entryBytes || this.#inflated > this.#limits.inflatedBytes) throw new Unpreviewable(LARGE);
      yield chunk;
    }
  }
}
