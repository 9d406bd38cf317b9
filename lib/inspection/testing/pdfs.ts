/** Writes PDFs by hand, whole ones and broken ones. */

export type PdfObject = string | { dictionary: string; data: Uint8Array };

/** Objects are numbered from 1; the first is the catalog. `trailer` is added to the trailer's dictionary. */
export function buildPdf(objects: PdfObject[], trailer = ""): Uint8Array {
  const parts: Buffer[] = [Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "latin1")];
  let at = parts[0]?.length ?? 0;
  const add = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  const offsets = objects.map((object, index) => {
    const offset = at;
    add(Buffer.from(`${index + 1} 0 obj\n`));
    if (typeof object === "string") add(Buffer.from(object, "latin1"));
    else {
      add(Buffer.from(`<< ${object.dictionary} /Length ${object.data.length} >>\nstream\n`));
      add(Buffer.from(object.data));
      add(Buffer.from("\nendstream"));
    }
    add(Buffer.from("\nendobj\n"));
    return offset;
  });
  const lines = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  const start = at;
  add(Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${lines}`));
  add(Buffer.from(`trailer\n<< /Size ${size} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`));
  return Buffer.concat(parts);
}

const FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";

/** A page with `content` of its own, which may use the font /F1 and the picture /I1. */
export function pagePdf(
  content: { dictionary: string; data: Uint8Array },
  picture?: PdfObject,
  trailer = "",
): Uint8Array {
  return buildPdf(
    [
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> ${picture ? "/XObject << /I1 6 0 R >>" : ""} >> >>`,
      content,
      FONT,
      ...(picture ? [picture] : []),
    ],
    trailer,
  );
}

/** A PDF with these lines of text on each of its pages. */
export function samplePdf(pages: string[] = ["Dear Hazel,\nthe nuts are in the oak."]): Uint8Array {
  const numbers = pages.map((_, index) => 4 + index * 2);
  return buildPdf([
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${numbers.map((number) => `${number} 0 R`).join(" ")}] /Count ${pages.length} >>`,
    FONT,
    ...pages.flatMap((text, index): PdfObject[] => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + index * 2} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      { dictionary: "", data: Buffer.from(showText(text)) },
    ]),
  ]);
}

const showText = (text: string): string => {
  const lines = text.split("\n").map((line) => `(${line.replace(/[\\()]/g, "\\$&")}) Tj T*`);
  return `BT /F1 24 Tf 28 TL 72 720 Td ${lines.join(" ")} ET`;
};
