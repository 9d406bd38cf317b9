import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { type DocumentLimits, factLimits } from "./limits.ts";
import type { ByteSource } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/** What is found in a PDF, in this order: how many pages, a picture of the first (WebP), and text page by page. */
export type PdfPiece =
  | { pages: number }
  | { picture: { body: Uint8Array; width: number; height: number } }
  | { text: string }
  /** A sentence about what could not be had. */
  | { missing: string };

const CHUNK_BYTES = 256 * 1024;
const LOCKED = "This PDF is protected with a password; no preview is made of it.";
const DAMAGED = "This PDF is damaged or incomplete; no preview is made of it.";

/**
 * Runs in a thread that may be ended at any time. Whatever the reader throws is blamed on the file, since it is fed
 * by strangers; what the source throws never gets here.
 */
export async function readPdf(
  source: ByteSource,
  limits: DocumentLimits,
  tell: (piece: PdfPiece) => void,
): Promise<void> {
  const pdfjs = await import("pdfjs-dist/legacy/build/pdf.mjs");
  // Sets the reader up in this very thread.
  await import("pdfjs-dist/legacy/build/pdf.worker.mjs");
  const document = await open(pdfjs, source, limits);
  const { numPages } = document;
  if (Number.isInteger(numPages) && numPages >= 0 && numPages <= factLimits.pages) tell({ pages: numPages });
  const first = await document.getPage(1).catch(damaged);
  try {
    tell({ picture: await draw(first, limits) });
  } catch (error) {
    if (!(error instanceof Unpreviewable)) throw error;
    tell({ missing: error.message });
  }
  await readText(document, first, limits, tell);
}

type Pdfjs = typeof import("pdfjs-dist/legacy/build/pdf.mjs");

async function open(pdfjs: Pdfjs, source: ByteSource, limits: DocumentLimits): Promise<PDFDocumentProxy> {
  class Ranges extends pdfjs.PDFDataRangeTransport {
    override requestDataRange(begin: number, end: number) {
      void source.read(begin, Math.min(end, source.size)).then((bytes) => this.onDataRange(begin, bytes));
    }
  }
  // What the reader brings along: character maps, fonts that need not be embedded, decoders.
  const home = dirname(fileURLToPath(import.meta.resolve("pdfjs-dist/package.json")));
  const folder = (name: string) => `${join(home, name)}/`;
  try {
    return await pdfjs.getDocument({
      range: new Ranges(source.size, null),
      rangeChunkSize: CHUNK_BYTES,
      disableAutoFetch: true,
      disableStream: true,
      enableXfa: false,
      useSystemFonts: false,
      maxImageSize: limits.imagePixels,
      cMapUrl: folder("cmaps"),
      standardFontDataUrl: folder("standard_fonts"),
      wasmUrl: folder("wasm"),
      iccUrl: folder("iccs"),
      verbosity: pdfjs.VerbosityLevel.ERRORS,
    }).promise;
  } catch (error) {
    const locked = error instanceof Error && error.name === "PasswordException";
    throw new Unpreviewable(locked ? LOCKED : DAMAGED, { cause: error });
  }
}

async function draw(page: PDFPageProxy, limits: DocumentLimits) {
  const { createCanvas } = await import("@napi-rs/canvas");
  const natural = page.getViewport({ scale: 1 });
  const scale = limits.pagePixels / Math.max(natural.width, natural.height);
  const viewport = page.getViewport({ scale });
  const width = Math.round(viewport.width);
  const height = Math.round(viewport.height);
  if (!(width >= 1 && height >= 1 && Number.isFinite(scale))) {
    throw new Unpreviewable("The first page of this PDF has no size that can be shown.");
  }
  const canvas = createCanvas(width, height);
  try {
    await page.render({ canvas: canvas as never, viewport }).promise;
    return { body: new Uint8Array(await canvas.encode("webp", 80)), width, height };
  } catch (error) {
    throw new Unpreviewable("The first page of this PDF can't be shown.", { cause: error });
  }
}

async function readText(
  document: PDFDocumentProxy,
  first: PDFPageProxy,
  limits: DocumentLimits,
  tell: (piece: PdfPiece) => void,
): Promise<void> {
  let characters = 0;
  for (let number = 1; number <= Math.min(document.numPages, limits.textPages); number++) {
    try {
      const page = number === 1 ? first : await document.getPage(number);
      const { items } = await page.getTextContent();
      const text = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
      page.cleanup();
      if (text) tell({ text });
      characters += text.length;
    } catch (error) {
      // The other pages may be whole.
      tell({ missing: new Unpreviewable("Some pages of this PDF can't be read.", { cause: error }).message });
    }
    if (characters >= limits.textBytes) return;
  }
}

function damaged(error: unknown): never {
  throw new Unpreviewable(DAMAGED, { cause: error });
}
