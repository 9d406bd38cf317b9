/** The little XML that S3 speaks: elements and text, no attributes that matter, no document types. */

export const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML forbids are written as references all the same, as S3 does; `encoding-type=url` avoids them. */
const escapeText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold control characters
  text.replaceAll(/[&<>"\u0000-\u001f\u007f]/g, (c) => ENTITIES[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);

/** An element: text is escaped, an array holds finished children, undefined leaves the element out. */
export function xml(name: string, content: string | number | boolean | readonly string[] | undefined): string {
  if (content === undefined) return "";
  return `<${name}>${Array.isArray(content) ? content.join("") : escapeText(String(content))}</${name}>`;
}

export const xmlDocument = (root: string, children: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${S3_NAMESPACE}">${children.join("")}</${root}>`;

export type XmlElement = { name: string; children: XmlElement[]; text: string };

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

/** Parses a document into its root element, or throws a SyntaxError. Prefixes of names are dropped. */
export function parseXml(source: string): XmlElement {
  const top: XmlElement = { name: "", children: [], text: "" };
  const open: XmlElement[] = [top];
  const text = source.replace(/^\uFEFF/, "");
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    const parent = open.at(-1);
    if (!token || !parent) throw new SyntaxError("not well-formed");
    const [, closed, opened, , empty, characters] = token;
    if (opened !== undefined) {
      const element = { name: localName(opened), children: [], text: "" };
      parent.children.push(element);
      if (empty === "") open.push(element);
      if (open.length > 16) throw new SyntaxError("too deep");
    } else if (closed !== undefined) {
      if (open.length < 2 || parent.name !== localName(closed)) throw new SyntaxError("not well-formed");
      open.pop();
    } else if (characters !== undefined) {
      parent.text += unescapeText(characters);
    }
  }
  const [root] = top.children;
  if (open.length !== 1 || !root || top.children.length > 1 || top.text.trim() !== "")
    throw new SyntaxError("not well-formed");
  return root;
}

/** The text of the first child of that name, untrimmed: keys may begin or end with a space. */
export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.find((child) => child.name === name)?.text;

export const childTexts = (element: XmlElement, name: string): string[] =>
  element.children.filter((child) => child.name === name).map((child) => child.text);

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeText(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&([^;&]{0,10});?/g, (whole, body: string) => {
    const code = /^#x[0-9a-f]+$/i.test(body)
      ? Number.parseInt(body.slice(2), 16)
      : /^#\d+$/.test(body)
        ? Number(body.slice(1))
        : undefined;
    const character = code === undefined ? NAMED[body] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    if (character === undefined || !whole.endsWith(";")) throw new SyntaxError("unknown entity");
    return character;
  });
}
