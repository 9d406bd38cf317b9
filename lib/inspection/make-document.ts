import { type DocumentLimits, documentLimits, type TextLimits, textLimits } from "./limits.ts";
import { makeOffice } from "./make-office.ts";
import { makePdf } from "./make-pdf.ts";
import { decodeText, encodeText, nameOfCode, textCode } from "./plain-text.ts";
import { type ByteSource, type Made, type Options, readHead } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";

const OFFICE = /openxmlformats-officedocument|oasis\.opendocument|macroenabled|vnd\.apple\./i;
const OLD = /x-cfb|msword|ms-excel|ms-powerpoint/;

/**
 * What can be shown of a document: `text.txt`, and of a PDF `page-1.webp`, of others `thumb.webp` where one is within.
 * `type` is what detectType said. Throws Unpreviewable.
 */
export async function makeDocument(
  source: ByteSource,
  type: string,
  { limits: changed, signal }: Options<DocumentLimits> = {},
): Promise<Made> {
  const limits = { ...documentLimits, ...changed };
  if (type === "application/pdf") return makePdf(source, limits, signal);
  if (OFFICE.test(type)) return makeOffice(source, limits, signal);
  throw new Unpreviewable(
    OLD.test(type)
      ? "This document was made by an old Office or is protected with a password; no preview is made of it."
      : "No preview can be made of this kind of document.",
  );
}

/** `text.txt`: the beginning of a text as UTF-8. Web pages and drawings are text here, and never more than that. */
export async function makeText(
  source: ByteSource,
  { limits: changed, signal }: Options<TextLimits> = {},
): Promise<Made> {
  const limits = { ...textLimits, ...changed };
  // A character of UTF-16 may come to one byte of UTF-8.
  const head = await readHead(source, limits.bytes * 2);
  signal?.throwIfAborted();
  const code = textCode(head);
  if (!code) throw new Unpreviewable("It is not known how the letters of this text are coded, or it is none.");
  const body = encodeText(decodeText(head, code), limits.bytes);
  const made = { renditions: [{ name: "text.txt", type: "text/plain", body }], facts: {} };
  return code.guessed
    ? { ...made, notice: `It does not say how its letters are coded: read as ${nameOfCode(code)}.` }
    : made;
}
