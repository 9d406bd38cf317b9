import { buildZip } from "./zips.ts";

const xml = (text: string): string => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${text}`;
const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** A Word document of these paragraphs, with a thumbnail where one is given. */
export function sampleDocx(
  paragraphs: string[],
  { pages = 1, thumbnail }: { pages?: number; thumbnail?: Uint8Array } = {},
) {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${escaped(text)}</w:t></w:r></w:p>`).join("");
  return buildZip([
    { path: "[Content_Types].xml", data: xml("<Types/>"), deflate: true },
    {
      path: "docProps/app.xml",
      data: xml(`<Properties><Pages>${pages}</Pages><Words>9</Words></Properties>`),
      deflate: true,
    },
    { path: "word/document.xml", data: xml(`<w:document><w:body>${body}</w:body></w:document>`), deflate: true },
    ...(thumbnail ? [{ path: "docProps/thumbnail.jpeg", data: thumbnail }] : []),
  ]);
}

/** A spreadsheet; texts go to the table of strings, numbers stay in their cells. */
export function sampleXlsx(rows: (string | number)[][]) {
  const strings = rows.flat().filter((cell) => typeof cell === "string");
  const cell = (value: string | number) =>
    typeof value === "string" ? `<c t="s"><v>${strings.indexOf(value)}</v></c>` : `<c><v>${value}</v></c>`;
  const lines = rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("");
  return buildZip([
    { path: "[Content_Types].xml", data: xml("<Types/>"), deflate: true },
    {
      path: "xl/sharedStrings.xml",
      data: xml(`<sst>${strings.map((text) => `<si><t>${escaped(text)}</t></si>`).join("")}</sst>`),
      deflate: true,
    },
    {
      path: "xl/worksheets/sheet1.xml",
      data: xml(`<worksheet><sheetData>${lines}</sheetData></worksheet>`),
      deflate: true,
    },
  ]);
}

/** A presentation with a line of text on each slide. */
export function samplePptx(slides: string[]) {
  return buildZip([
    { path: "[Content_Types].xml", data: xml("<Types/>"), deflate: true },
    {
      path: "docProps/app.xml",
      data: xml(`<Properties><Slides>${slides.length}</Slides></Properties>`),
      deflate: true,
    },
    ...slides.map((text, index) => ({
      path: `ppt/slides/slide${index + 1}.xml`,
      data: xml(`<p:sld><a:p><a:r><a:t>${escaped(text)}</a:t></a:r></a:p></p:sld>`),
      deflate: true,
    })),
  ]);
}

/** An OpenDocument text, whose type stands first in the zip, as the format has it. */
export function sampleOdt(paragraphs: string[], { pages = 1 } = {}) {
  const body = paragraphs.map((text) => `<text:p>${escaped(text)}</text:p>`).join("");
  return buildZip([
    { path: "mimetype", data: "application/vnd.oasis.opendocument.text" },
    {
      path: "content.xml",
      data: xml(`<office:document-content><office:body>${body}</office:body></office:document-content>`),
      deflate: true,
    },
    {
      path: "meta.xml",
      data: xml(`<office:document-meta><meta:document-statistic meta:page-count="${pages}"/></office:document-meta>`),
      deflate: true,
    },
  ]);
}
