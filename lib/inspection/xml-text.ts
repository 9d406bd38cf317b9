import { SaxesParser } from "saxes";
import { Unpreviewable } from "./unpreviewable.ts";

/** What is done at an element's start, end and text; names are without their prefix. */
export type XmlHandlers = {
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
};

/** No document nests or decorates like this; a parser that keeps all of it would be at its mercy. */
const DEPTH = 1000;
const ATTRIBUTES = 200;

const local = (name: string): string => name.slice(name.indexOf(":") + 1);

/**
 * Reads XML as it comes, in UTF-8 or UTF-16. Entities of its own and whatever lies elsewhere are not followed.
 * Ends early when `enough` says so. Throws Unpreviewable with the sentence where it is not well-formed.
 */
export async function readXml(
  chunks: AsyncIterable<Uint8Array>,
  handlers: XmlHandlers,
  sentence: string,
  enough: () => boolean = () => false,
): Promise<void> {
  const parser = new SaxesParser({ position: false, xmlns: false } as const);
  let depth = 0;
  let attributes = 0;
  const refuse = (cause?: unknown): never => {
    throw new Unpreviewable(sentence, { cause });
  };
  parser.on("error", refuse);
  parser.on("doctype", (doctype) => {
    if (doctype.includes("<!ENTITY")) refuse();
  });
  parser.on("opentagstart", () => {
    attributes = 0;
    if (++depth > DEPTH) refuse();
  });
  parser.on("attribute", () => {
    if (++attributes > ATTRIBUTES) refuse();
  });
  parser.on("opentag", ({ name, attributes }) => handlers.open?.(local(name), attributes));
  parser.on("closetag", ({ name }) => {
    depth--;
    handlers.close?.(local(name));
  });
  parser.on("text", (text) => handlers.text?.(text));
  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    decoder ??= new TextDecoder(chunk[0] === 0xff ? "utf-16le" : chunk[0] === 0xfe ? "utf-16be" : "utf-8");
    parser.write(decoder.decode(chunk, { stream: true }));
    if (enough()) return;
  }
  parser.close();
}
