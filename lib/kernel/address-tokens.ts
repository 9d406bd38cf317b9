import { withoutUnseen } from "./safe-text.ts";

/** What a line of addresses is made of. `value` is what is meant, `raw` what is written. */
export type Token = { kind: "text" | "quoted" | "comment" | "angle"; value: string; raw: string };
/** What stands between two separators; `after` is the one behind it, empty at the end or where none was written. */
export type Cell = { tokens: Token[]; raw: string; after: "" | "," | ";" | "\t" };

const FULL_WIDTH: Record<string, string> = {
  "，": ",",
  "、": ",",
  "،": ",",
  "﹐": ",",
  "；": ";",
  "؛": ";",
  "﹔": ";",
  "＜": "<",
  "〈": "<",
  "＞": ">",
  "〉": ">",
  "＠": "@",
  "（": "(",
  "）": ")",
  "＂": '"',
  "：": ":",
};
const QUOTES: Record<string, string> = { '"': '"', "“": "”", "„": "“”", "«": "»", "'": "'", "‘": "’", "`": "'`" };

/** The text of a paste without what nobody sees, with one kind of line break, space and comma. */
export function tidyPaste(text: string): string {
  return (
    withoutUnseen(text)
      .replace(/\r\n?|[\u0085\u2028\u2029\u000b\u000c]/g, "\n")
      .replace(/[^\S\n\t]/g, " ")
      .replace(/[，、،﹐；؛﹔＜〈＞〉＠（）＂：]/g, (char) => FULL_WIDTH[char] ?? char)
      .replace(/mailto:([^\s<>"?;]*)(\?[^\s<>")\]]*)?/gi, (_, addresses: string) => plain(addresses))
      // A field of a mail's header goes on in the lines that are indented (RFC 5322, "Long header fields").
      .replace(/^(?:to|cc|bcc|from|reply-to):[^\n]*(?:\n[ \t][^\n]*)+/gim, (field) => field.replaceAll("\n", ""))
      .replace(/\?=[ \t]*\n[ \t]+/g, "?= ")
      // A long name goes on in the next line.
      .replace(/^([^@\n;]*[^@\n;\s][ \t]*)\n[ \t]*(?=<[^<>\n]*@)/gm, "$1 ")
  );
}

/** The addresses of a `mailto:`, without what its escapes could add to the list. */
function plain(addresses: string): string {
  try {
    const decoded = decodeURIComponent(addresses);
    return /[\s<>"();]/.test(decoded) ? addresses : decoded;
  } catch {
    return addresses;
  }
}

/** `To:` of a header, or the name of a group; not the scheme of an address. */
const LABEL = /^\p{L}[\p{L}\p{M}\p{N} ._-]{0,40}:(?!\/\/)[ ]*(?=[^\s,;].*@)/u;
const BULLET = /^(?:[-–—*•·‣▪◦]|\d{1,3}[.)])[ \t]+/;

/** Cuts a line at its separators, but not inside quotes, comments or angle brackets; an address in these ends its cell. */
export function cutLine(line: string): Cell[] {
  const cells: Cell[] = [];
  const tabs = line.includes("\t");
  let tokens: Token[] = [];
  let at = BULLET.exec(line.trimStart())?.[0].length ?? 0;
  const text = line.trimStart();

  const end = (after: Cell["after"]) => {
    const raw = tokens
      .map((token) => token.raw)
      .join("")
      .replace(/\s+/g, " ")
      .trim();
    if (raw !== "") cells.push({ tokens, raw, after });
    else if (after === ";" && cells.length > 0) cells[cells.length - 1] = { ...(cells.at(-1) as Cell), after };
    tokens = [];
  };
  const push = (kind: Token["kind"], value: string, raw: string) => {
    const last = tokens.at(-1);
    if (kind === "text" && last?.kind === "text") tokens[tokens.length - 1] = grown(last, value);
    else tokens.push({ kind, value, raw });
  };

  while (at < text.length) {
    const rest = text.slice(at);
    const char = text[at] ?? "";
    if (tokens.length === 0 && /\p{L}/u.test(char)) {
      const label = LABEL.exec(rest.slice(0, MAX_QUOTED_LENGTH))?.[0] ?? "";
      if (label) {
        at += label.length;
        continue;
      }
    }
    const group = groupAt(text, at);
    if (tokens.length === 0 && char === " ") at++;
    else if (char === "\t" || (!tabs && (char === "," || char === ";"))) {
      end(char as Cell["after"]);
      at++;
    } else if (group) {
      push(group.kind, group.value, group.raw);
      at += group.raw.length;
      if (group.kind === "angle") {
        // A comment may follow the address; anything else begins the next one.
        const comment = /^\s*\([^()]*\)/.exec(text.slice(at))?.[0] ?? "";
        if (comment) push("comment", comment.trim().slice(1, -1), comment);
        at += comment.length;
        if (!/^\s*([,;\t]|$)/.test(text.slice(at))) end("");
      }
    } else {
      push("text", char, char);
      at++;
    }
  }
  end("");
  return cells;
}

const grown = ({ kind, value, raw }: Token, more: string): Token => ({ kind, value: value + more, raw: raw + more });

/** Characters that something in quotes or brackets has at most, so that a paste of openings alone is soon read. */
const MAX_QUOTED_LENGTH = 1000;

/** Something in quotes, parentheses or brackets that begins here and is closed in the same line. */
function groupAt(line: string, from: number): Token | undefined {
  const char = line[from] ?? "";
  const before = line[from - 1] ?? " ";
  if (!/[<[(]/.test(char) && !QUOTES[char]) return undefined;
  const text = line.slice(from, from + MAX_QUOTED_LENGTH);
  const begins = /[\s,;:([<"”’»>]/.test(before);
  if (char === "<") return bracketed(text, ">");
  if (char === "[" && begins) return bracketed(text, "]");
  if (char === "(") return commentAt(text);
  return begins && QUOTES[char] ? quotedAt(text, QUOTES[char]) : undefined;
}

function bracketed(text: string, closer: string): Token | undefined {
  const end = text.indexOf(closer);
  const unclosed = /^<[^\s<>,;@]+@[^\s<>,;@]+$/.exec(text)?.[0];
  if (unclosed && closer === ">") return { kind: "angle", value: unclosed.slice(1), raw: unclosed };
  // `<<ana@example.org>>` and `<"ana@example.org">` are read by what is inside.
  const value = end === -1 ? "" : text.slice(1, end).replace(/^<+/, "");
  if (end === -1 || value.includes("<") || (closer === "]" && !value.includes("@"))) return undefined;
  const more = /^>*/.exec(text.slice(end + 1))?.[0].length ?? 0;
  return { kind: "angle", value, raw: text.slice(0, end + 1 + (closer === ">" ? more : 0)) };
}

function commentAt(text: string): Token | undefined {
  let depth = 0;
  for (let end = 0; end < text.length; end++) {
    if (text[end] === "\\") end++;
    else if (text[end] === "(") depth++;
    else if (text[end] === ")" && --depth === 0) {
      const value = text.slice(1, end).replace(/\\(.)/g, "$1");
      return { kind: "comment", value, raw: text.slice(0, end + 1) };
    }
  }
  return undefined;
}

function quotedAt(text: string, closers: string): Token | undefined {
  const single = /['‘`]/.test(text[0] ?? "");
  let value = "";
  for (let end = 1; end < text.length; end++) {
    const char = text[end] ?? "";
    const next = text[end + 1] ?? " ";
    if (char === "\\" && !single && end + 1 < text.length) {
      value += next;
      end++;
    } else if (char === '"' && closers === '"' && next === '"' && value !== "") {
      // Spreadsheets double a quote that is part of the text.
      value += char;
      end++;
    } else if (closers.includes(char) && !(single && !/[\s,;<(>)@]/.test(next))) {
      return { kind: "quoted", value, raw: text.slice(0, end + 1) };
    } else if (single && /[;<]/.test(char)) {
      return undefined;
    } else value += char;
  }
  return undefined;
}
