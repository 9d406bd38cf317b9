import { type Recipient, readAddress, sameAddress, speakableName } from "./address.ts";
import { type Cell, cutLine, type Token, tidyPaste } from "./address-tokens.ts";
import { decodeWords } from "./encoded-words.ts";

export type AddressList = {
  recipients: Recipient[];
  /** What could not be read, each with a sentence. */
  refused: { text: string; problem: string }[];
};

/** How often a cell that is itself a list is looked into. */
const MAX_DEPTH = 3;
/** In characters, of a name and an address. */
const MAX_LENGTH = 2000;

/**
 * Reads what people paste: addresses as mail programs write them (`Doe, Jane <jane@example.org>; …`, quoted names,
 * comments, encoded words), a line each, rows of a spreadsheet, or only spaces in between.
 */
export function parseAddressList(text: string): AddressList {
  return readList(text, 0);
}

function readList(text: string, depth: number): AddressList {
  const rows = tidyPaste(text)
    .split("\n")
    .map(cutLine)
    .filter((cells) => cells.length > 0);
  const list: AddressList = { recipients: [], refused: [] };
  const add = ({ recipients, refused }: AddressList) => {
    list.recipients.push(...recipients);
    list.refused.push(...refused);
  };
  const headed = rows.length > 1 && isHeader(rows[0] ?? []);
  const table = headed ? rows.slice(1) : rows;
  const columns = isTable(table, headed);
  for (const row of table) add(columns || hasTabs(row) ? readRow(row, depth) : readLine(row, depth));
  return list;
}

const has = (text: string) => text.includes("@");
const hasTabs = (row: Cell[]) => row.some(({ after }) => after === "\t");
const isAngle = ({ kind }: Token) => kind === "angle";

/** The first line of a spreadsheet names its columns. */
function isHeader(row: Cell[]): boolean {
  const words = row.map(({ raw }) => raw.replace(/^["']|["']$/g, ""));
  return (
    !words.some(has) && words.some((word) => /^(e-?)?mail\b|^e-?mail|^(mail-?)?adress|^address|^correo/i.test(word))
  );
}

/** Commas and semicolons part the columns of a table where every line has as many, and an address in the same one. */
function isTable(rows: Cell[][], headed: boolean): boolean {
  const [first] = rows;
  if (!first || first.length < 2) return false;
  const column = first.findIndex(({ raw }) => has(raw));
  const mark = first[0]?.after;
  const alike = rows.every(
    (row) =>
      (headed ? row.length > 1 : row.length === first.length) &&
      row.filter(({ raw }) => has(raw)).length === 1 &&
      row.every(
        ({ raw, after, tokens }, index) =>
          (headed || has(raw) === (index === column)) &&
          !tokens.some(isAngle) &&
          (raw.match(/@/g)?.length ?? 0) < 2 &&
          (index === row.length - 1 || after === mark),
      ),
  );
  return alike && (rows.length > 1 || headed || first[0]?.tokens.every(({ kind }) => kind === "quoted") === true);
}

/** A row of a table: one cell is the address, those before it the name, else the one behind it. */
function readRow(row: Cell[], depth: number): AddressList {
  const addressed = row.filter(({ raw }) => has(raw));
  const at = row.findIndex(({ raw }) => has(raw));
  const lists = addressed.map(({ raw, tokens }) => readCell(raw, tokens, depth));
  const recipients = lists.flatMap((list) => list.recipients);
  const refused = lists.flatMap((list) => list.refused);
  if (addressed.length === 0) return readLine(row, depth);
  const [only] = recipients;
  if (addressed.length > 1 || recipients.length !== 1 || !only || only.name) return { recipients, refused };
  const isSpoken = ({ raw }: Cell) => raw.length <= MAX_LENGTH && !has(raw) && /\p{L}/u.test(raw) && !/\d/.test(raw);
  const names = row.filter(isSpoken);
  const before = row.slice(0, at).filter(isSpoken).slice(-2);
  const name = nameOf(
    (before.length > 0 ? before : names.slice(0, 1)).flatMap(({ tokens }) => [...tokens, SPACE]),
    only.email,
  );
  return { recipients: [{ ...only, ...(name ? { name } : {}) }], refused };
}

const SPACE: Token = { kind: "text", value: " ", raw: " " };

/** A line of addresses. Between semicolons a comma belongs to the name; else it may part addresses as well. */
function readLine(row: Cell[], depth: number): AddressList {
  const list: AddressList = { recipients: [], refused: [] };
  const semicolons = row.some(({ after }) => after === ";");
  for (let from = 0; from < row.length; ) {
    let to = from + 1;
    while (to < row.length && row[to - 1]?.after !== ";") to++;
    const segment = row.slice(from, to);
    from = to;
    for (const cell of joinNames(segment, semicolons)) {
      const { recipients, refused } = readCell(cell.raw, cell.tokens, depth);
      list.recipients.push(...recipients);
      list.refused.push(...refused);
    }
  }
  return list;
}

/** Joins what a comma has parted within a name: `Doe`, `Jane <jane@example.org>`. */
function joinNames(segment: Cell[], semicolons: boolean): Cell[] {
  const joined: Cell[] = [];
  const alone = segment.filter(({ raw }) => has(raw)).length < 2;
  if (semicolons && !segment.some(({ raw }) => has(raw))) {
    const raw = segment.map((cell) => cell.raw).join(", ");
    return [{ tokens: [{ kind: "text", value: raw, raw }], raw, after: ";" }];
  }
  for (const cell of segment) {
    let whole = cell;
    if (namesItself(cell)) {
      const most = semicolons && alone ? joined.length : countNames(joined, cell);
      let taken = 0;
      while (taken < most && !has(joined.at(-1 - taken)?.raw ?? "")) taken++;
      const parts = [...joined.splice(joined.length - taken), cell];
      const comma: Token = { kind: "text", value: ", ", raw: ", " };
      whole = {
        ...cell,
        raw: parts.map(({ raw }) => raw).join(", "),
        tokens: parts.flatMap(({ tokens }, index) => (index === 0 ? tokens : [comma, ...tokens])),
      };
    }
    joined.push(whole);
  }
  return joined;
}

/** Whether a name stands before the address. */
const namesItself = ({ tokens }: Cell): boolean =>
  tokens.some(({ kind, value }) => (kind === "angle" || kind === "comment") && has(value)) &&
  tokens.some(({ kind, value }) => kind === "text" && /\p{L}/u.test(value) && !has(value));

const SUFFIX = /^(jr|sr|i{2,3}|iv|ph\.? ?d|m\.?d|m\.?a|mba|esq|dr|prof|llm|cpa)\.?$/i;
const wordsOf = ({ tokens }: Cell): string =>
  tokens
    .filter(({ kind }) => kind === "text")
    .map(({ value }) => value)
    .join("")
    .trim();

/** How many of the pieces before belong to the name: the family's, and titles between. */
function countNames(before: Cell[], cell: Cell): number {
  let count = 0;
  let last = wordsOf(cell);
  for (;;) {
    const piece = before.at(-1 - count);
    if (!piece || has(piece.raw) || !isName(piece, last)) return count;
    count++;
    const isTitle = SUFFIX.test(wordsOf(piece)) || SUFFIX.test(last);
    if (!isTitle) return count;
    last = wordsOf(piece);
  }
}

/** Names have capitals in scripts that know them, unless somebody writes all in small letters. */
function isName({ raw, tokens }: Cell, next: string): boolean {
  if (tokens.some(({ kind }) => kind === "comment") || raw.length > 60 || /\d/.test(raw)) return false;
  if (raw.split(/\s+/).length > 4 || !/\p{L}/u.test(raw)) return false;
  return /[\p{Lu}\p{Lt}\p{Lo}]/u.test(raw) || !/\p{Lu}/u.test(next);
}

/** One address with what is said beside it; or several with only spaces between them. */
function readCell(raw: string, tokens: readonly Token[], depth: number): AddressList {
  const refuse = (problem: string): AddressList => ({ recipients: [], refused: [{ text: raw, problem }] });
  const one = (address: string, rest: readonly Token[]): AddressList => {
    const read = readAddress(address);
    if ("problem" in read) return refuse(has(address) ? read.problem : problemOf(raw));
    const name = nameOf(rest, read.email);
    return { recipients: [{ email: read.email, ...(name ? { name } : {}) }], refused: [] };
  };
  if (raw.length > MAX_LENGTH) return refuse(`“${raw.slice(0, 79)}…” is too long for a name and an address.`);
  const angle = tokens.find(isAngle);
  if (angle)
    return one(
      angle.value,
      tokens.filter((token) => token !== angle),
    );

  const comments = tokens.filter(({ kind }) => kind === "comment");
  const quoted = tokens.filter(({ kind }) => kind === "quoted");
  const words = tokens
    .filter(({ kind }) => kind === "text")
    .map(({ value }) => value)
    .join("");
  const list = words.split(/\s+/).filter((word) => /[\p{L}\p{N}@]/u.test(word));
  const [inside] = quoted;
  if (inside && quoted.length === 1 && list.length === 0) {
    // A whole cell in quotes, as spreadsheets write what holds a comma.
    if (has(inside.value) && depth < MAX_DEPTH) return readList(inside.value, depth + 1);
    return refuse(problemOf(raw));
  }
  const aside = comments.find(({ value }) => has(value));
  if (aside && !has(words))
    return one(
      aside.value,
      tokens.filter((token) => token !== aside),
    );
  const [address = ""] = list;
  if (list.length === 1 && has(address)) {
    // What stands in quotes directly before the @ is no name.
    if (address.startsWith("@")) return one(`${quoted.map(({ value }) => value).join("")}${address}`, comments);
    return one(address, [...quoted, ...comments]);
  }
  if (list.length > 1 && quoted.length === 0 && list.every(has)) {
    const lists = list.map((word) => readCell(word, [{ kind: "text", value: word, raw: word }], depth));
    return { recipients: lists.flatMap((each) => each.recipients), refused: lists.flatMap((each) => each.refused) };
  }
  return refuse(problemOf(raw));
}

function problemOf(raw: string): string {
  const read = readAddress(raw);
  return "problem" in read ? read.problem : `“${raw}” can't be read as one address.`;
}

/** What is said beside an address as a name: quoted or plain words, else a comment; nothing where it is the address. */
function nameOf(tokens: readonly Token[], email: string): string {
  const spoken = (kinds: Token["kind"][]) =>
    speakableName(
      decodeWords(
        tokens
          .filter(({ kind }) => kinds.includes(kind))
          .map(({ value }) => value)
          .join(""),
      ),
    )
      .replace(/^['‘’](.*)['‘’]$/, "$1")
      .replace(/^[\s,;]+|[\s,;]+$/g, "")
      // A quote that was never closed.
      .replace(/^"([^"]*)$|^([^"]*)"$/, "$1$2");
  const name = spoken(["text", "quoted"]) || spoken(["comment"]);
  return sameAddress(name) === sameAddress(email) || !/[\p{L}\p{N}\p{S}]/u.test(name) ? "" : name;
}
