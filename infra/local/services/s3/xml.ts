/** The little XML that S3 speaks: elements and text, no attributes that matter, no document types. */
import { SaxesParser } from "saxes";

export const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML forbids are written as references all the same, as S3 does; `encoding-type=url` avoids them. */
const escapeText = (text: string): string =>
  text.replaceAll(/[&<>"\u0000-\u001f\u007f]/g, (c) => ENTITIES[c] ?? reference(c));
const reference = (character: string): string => `&#x${character.charCodeAt(0).toString(16)};`;

/** An element: text is escaped, an array holds finished children, undefined leaves the element out. */
export function xml(name: string, content: string | number | boolean | readonly string[] | undefined): string {
  if (content === undefined) return "";
  return `<${name}>${Array.isArray(content) ? content.join("") : escapeText(String(content))}</${name}>`;
}

export const xmlDocument = (root: string, children: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${S3_NAMESPACE}">${children.join("")}</${root}>`;

export type XmlElement = { name: string; children: XmlElement[]; text: string };

const CONTROL = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028]/g;

/** Parses a document into its root element, or throws a SyntaxError. Prefixes of names are dropped. */
export function parseXml(source: string): XmlElement {
  const top: XmlElement = { name: "", children: [], text: "" };
  const open: XmlElement[] = [top];
  const refuse = () => {
    throw new SyntaxError("not well-formed");
  };
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  // Control characters, which keys may hold and clients send as they are, have references in version 1.1 alone.
  const parser = new SaxesParser({ position: false, defaultXMLVersion: "1.1", forceXMLVersion: true } as const);
  parser.on("error", refuse);
  parser.on("doctype", refuse);
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("opentag", ({ name }) => {
    const element = { name: name.slice(name.indexOf(":") + 1), children: [], text: "" };
    open.at(-1)?.children.push(element);
    if (open.push(element) > 16) throw new SyntaxError("too deep");
  });
  parser.on("closetag", () => void open.pop());
  parser.write(source.replaceAll(CONTROL, reference)).close();
  return top.children[0] ?? refuse();
}

/** The text of the first child of that name, untrimmed: keys may begin or end with a space. */
export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.find((child) => child.name === name)?.text;

export const childTexts = (element: XmlElement, name: string): string[] =>
  element.children.filter((child) => child.name === name).map((child) => child.text);
