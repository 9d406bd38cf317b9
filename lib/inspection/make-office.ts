import type { DocumentLimits } from "./limits.ts";
import { makeThumb } from "./make-picture.ts";
import { encodeText } from "./plain-text.ts";
import type { ByteSource, Made } from "./source.ts";
import { GRACE_SECONDS, inThread } from "./thread.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/**
 * `text.txt` of a document of Office (docx, xlsx, pptx) or OpenDocument (odt, ods, odp), `thumb.webp` where its writer
 * put one in, and the pages or slides that it states. Throws Unpreviewable.
 */
export async function makeOffice(source: ByteSource, limits: DocumentLimits, signal?: AbortSignal): Promise<Made> {
  const ends = { ...limits, seconds: limits.seconds + GRACE_SECONDS };
  const { pieces, stopped } = await inThread("office", source, limits, "document", ends, signal);
  const made: Made = { renditions: [], facts: {} };
  let trouble = stopped?.message;
  for (const piece of pieces) {
    if ("pages" in piece) made.facts.pages = piece.pages;
    else if ("thumbnail" in piece) made.renditions.push(...(await thumbOf(piece.thumbnail)));
    else if ("missing" in piece) trouble ??= piece.missing;
    else {
      const body = encodeText(piece.text, limits.textBytes);
      made.renditions.push({ name: "text.txt", type: "text/plain", body });
    }
  }
  if (trouble === undefined) return made;
  if (made.renditions.length === 0) throw new Unpreviewable(trouble, { facts: made.facts, cause: stopped });
  return { ...made, notice: trouble };
}

/** One that can't be read is no loss: the text is what counts. */
async function thumbOf(picture: Uint8Array) {
  try {
    return [await makeThumb(picture)];
  } catch (error) {
    if (error instanceof Unpreviewable) return [];
    throw error;
  }
}
