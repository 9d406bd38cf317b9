import { deadline } from "./deadline.ts";
import type { DocumentLimits } from "./limits.ts";
import {
  epochHandlers,
  numbersHandlers,
  orderHandlers,
  type Relationships,
  relationshipsHandlers,
  relationshipsPath,
} from "./office-package.ts";
import { openDocumentHandlers } from "./open-document-text.ts";
import { type Book, sheetHandlers, stringsHandlers, stylesHandlers } from "./sheet-text.ts";
import { type ByteSource, withReadLimit } from "./source.ts";
import { TextSink } from "./text-sink.ts";
import { Unpreviewable } from "./unpreviewable.ts";
import { visibleOnly } from "./visible-xml.ts";
import { wordHandlers } from "./word-text.ts";
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

/** What is found in a document of Office or OpenDocument, in this order. */
export type OfficePiece =
  /** Pages or slides, as it states. */
  | { pages: number }
  /** A picture of its first page, as it lies in the file. */
  | { thumbnail: Uint8Array }
  | { text: string }
  /** A sentence about what could not be had. */
  | { missing: string };

/** Runs in a thread that may be ended at any time. Throws Unpreviewable. */
export async function readOffice(
  source: ByteSource,
  limits: DocumentLimits,
  tell: (piece: OfficePiece) => void,
): Promise<void> {
  const until = deadline(limits.seconds, SLOW);
  const document = new OfficeDocument(
    await openZip(withReadLimit(source, limits.readBytes, LARGE, until), DAMAGED),
    limits,
    until.check,
  );
  await document.list();
  const pages = await document.pages();
  if (pages !== undefined) tell({ pages });
  const thumbnail = await document.thumbnail();
  if (thumbnail) tell({ thumbnail });
  const { text, trouble } = await document.text();
  if (text) tell({ text });
  if (trouble) tell({ missing: trouble.message });
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

  async thumbnail(): Promise<Uint8Array | undefined> {
    const entry = THUMBNAILS.map((path) => this.#entries.get(path)).find((entry) => entry !== undefined);
    if (!entry || entry.size > this.#limits.thumbnailBytes) return undefined;
    try {
      return Buffer.concat(await Array.fromAsync(this.#inflate(entry)));
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
    if (this.#entries.has("content.xml")) return this.#read("content.xml", openDocumentHandlers(sink), full);
    const main = await this.#mainPart();
    if (main === undefined) return;
    const related = await this.#relationships(main);
    const slides = await this.#ordered(main, related, "slide", /^ppt\/slides\/slide(\d+)\.xml$/);
    const sheets = await this.#ordered(main, related, "worksheet", /^xl\/worksheets\/sheet(\d+)\.xml$/);
    if (slides.length + sheets.length === 0) return this.#read(main, wordHandlers(sink), full);
    const book = sheets.length > 0 ? await this.#book(main, related) : undefined;
    for (const path of [...slides, ...sheets]) {
      if (sink.full) return;
      await this.#read(path, book ? sheetHandlers(sink, book) : slideHandlers(sink), full);
      sink.add("\n\n");
    }
  }

  /** The part that the package names as its document; of one that names none, by its writer's habit. */
  async #mainPart(): Promise<string | undefined> {
    const named = [...(await this.#relationships("")).values()].find(({ type }) => type === "officeDocument")?.target;
    if (named && this.#entries.has(named)) return named;
    const usual = ["word/document.xml", "ppt/presentation.xml", "xl/workbook.xml"];
    const folder = [...this.#entries.keys()].find((path) => /^(ppt|xl)\//.test(path));
    return usual.find((path) => this.#entries.has(path)) ?? folder;
  }

  async #relationships(part: string): Promise<Relationships> {
    const found: Relationships = new Map();
    await this.#read(relationshipsPath(part), relationshipsHandlers(part, found));
    return found;
  }

  /** Slides or sheets as the document orders them; where it doesn't, by the numbers in their names. */
  async #ordered(main: string, related: Relationships, type: string, usual: RegExp): Promise<string[]> {
    if (![...related.values()].some((one) => one.type === type)) return this.#numbered(usual);
    const ids: string[] = [];
    await this.#read(main, orderHandlers(ids));
    return ids.flatMap((id) => {
      const one = related.get(id);
      return one?.type === type && this.#entries.has(one.target) ? [one.target] : [];
    });
  }

  async #book(main: string, related: Relationships): Promise<Book> {
    const book: Book = { strings: [], styles: { formats: new Map(), cells: [], dates: new Map() }, since1904: false };
    const pathOf = (type: string, usual: string) =>
      [...related.values()].find((one) => one.type === type)?.target ?? usual;
    await this.#read(main, epochHandlers(book));
    await this.#read(pathOf("sharedStrings", "xl/sharedStrings.xml"), stringsHandlers(book.strings));
    await this.#read(pathOf("styles", "xl/styles.xml"), stylesHandlers(book.styles));
    return book;
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

/** A slide that is hidden from the show has no text. */
const slideHandlers = (sink: TextSink): XmlHandlers =>
  visibleOnly(wordHandlers(sink), (name, { show }) => name === "sld" && /^(0|false)$/.test(show ?? ""));
