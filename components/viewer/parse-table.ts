/** Rows and columns of a table that are drawn; what is beyond is for downloading. */
export const MAX_ROWS = 1000;
export const MAX_COLUMNS = 100;

/** The sign between cells: of those that are common, the one that the first line has most of outside of quotes. */
function separatorOf(text: string): string {
  const counts = new Map([",", ";", "\t"].map((sign) => [sign, 0]));
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (!quoted && counts.has(character)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

/** Reads comma-separated values (RFC 4180, with the signs that spreadsheets of other countries write). */
export function parseTable(text: string, separator = separatorOf(text)): { rows: string[][]; more: boolean } {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  let begun = false;
  const endCell = () => {
    if (row.length < MAX_COLUMNS) row.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    rows.push(row);
    row = [];
    begun = false;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
      continue;
    }
    if (character === "\n" || character === "\r") {
      if (character === "\r" && text[at + 1] === "\n") at++;
      endRow();
      if (rows.length === MAX_ROWS) return { rows, more: at + 1 < text.length };
      continue;
    }
    begun = true;
    if (character === separator) endCell();
    else if (character === '"' && cell === "") quoted = true;
    else cell += character;
  }
  if (begun) endRow();
  return { rows, more: false };
}
