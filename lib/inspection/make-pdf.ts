import type { DocumentLimits } from "./limits.ts";
import { encodeText } from "./plain-text.ts";
import type { ByteSource, Made } from "./source.ts";
import { inThread } from "./thread.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/** `page-1.webp` and `text.txt` of a PDF, and how many pages it has; it is read in ranges. Throws Unpreviewable. */
export async function makePdf(source: ByteSource, limits: DocumentLimits, signal?: AbortSignal): Promise<Made> {
  const { pieces, stopped } = await inThread("pdf", source, limits, "document", limits, signal);
  const made: Made = { renditions: [], facts: {} };
  let text = "";
  let notice = stopped?.message;
  for (const piece of pieces) {
    if ("pages" in piece) made.facts.pages = piece.pages;
    else if ("picture" in piece) made.renditions.push({ name: "page-1.webp", type: "image/webp", ...piece.picture });
    else if ("missing" in piece) notice ??= piece.missing;
    else text += `${text ? "\n\n" : ""}${piece.text}`;
  }
  if (stopped && made.renditions.length === 0 && !text) {
    throw new Unpreviewable(stopped.message, { facts: made.facts, cause: stopped });
  }
  if (text.trim()) {
    made.renditions.push({ name: "text.txt", type: "text/plain", body: encodeText(text, limits.textBytes) });
  }
  return notice ? { ...made, notice } : made;
}
