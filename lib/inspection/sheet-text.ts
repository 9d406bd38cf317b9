import type { TextSink } from "./text-sink.ts";
import { firstAlternative, isOn, visibleOnly } from "./visible-xml.ts";
import type { XmlHandlers } from "./xml-text.ts";

/** Empty cells in a row that are kept; a reference may be 16,384 columns away. */
const MAX_GAP = 200;
/** A sheet has no more. */
const COLUMNS = 16_384;

/** What a book says of its cells: the table of strings, and which styles are dates. */
export type Book = { strings: string[]; styles: DateStyles; since1904: boolean };
/** `dates`: whether a format is one of dates, where that was asked before. */
export type DateStyles = { formats: Map<number, string>; cells: number[]; dates: Map<number, boolean> };

/** A spreadsheet's table of strings; phonetic hints are left out. */
export function stringsHandlers(strings: string[]): XmlHandlers {
  let parts: string[] = [];
  let writing = false;
  return visibleOnly(
    {
      open(name) {
        if (name === "si") parts = [];
        else if (name === "t") writing = true;
      },
      close(name) {
        if (name === "si") strings.push(parts.join(""));
        else if (name === "t") writing = false;
      },
      text(text) {
        if (writing) parts.push(text);
      },
    },
    (name) => name === "rPh",
  );
}

/** Number formats, of the book's own and of each style of cells. */
export function stylesHandlers({ formats, cells }: DateStyles): XmlHandlers {
  let inCells = false;
  return {
    open(name, attributes) {
      if (name === "numFmt") formats.set(Number(attributes.numFmtId), attributes.formatCode ?? "");
      else if (name === "cellXfs") inCells = true;
      else if (name === "xf" && inCells) cells.push(Number(attributes.numFmtId ?? 0));
    },
    close(name) {
      if (name === "cellXfs") inCells = false;
    },
  };
}

/** A spreadsheet's sheet: a line a row, a tab between cells, each where its reference says. Hidden ones are left out. */
export function sheetHandlers(sink: TextSink, book: Book): XmlHandlers {
  let type = "";
  let style = 0;
  let value: string[] = [];
  let writing = false;
  /** The column that is next, and the one up to which the row is written. */
  let next = 0;
  let written = 0;
  const hidden = new Set<number>();
  let lastHidden = 0;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === "row") {
        next = 0;
        written = 0;
      } else if (name === "col") {
        if (attributes.hidden !== undefined && isOn(attributes.hidden))
          // Columns are counted from 1, and their ranges come in order: none is looked at twice.
          for (const to = Math.min(Number(attributes.max), COLUMNS); lastHidden < to; lastHidden++)
            if (lastHidden + 1 >= Number(attributes.min)) hidden.add(lastHidden);
      } else if (name === "c") {
        next = columnOf(attributes.r) ?? next;
        type = attributes.t ?? "n";
        style = Number(attributes.s ?? 0);
        value = [];
      } else if (name === "v" || name === "t") writing = true;
    },
    close(name) {
      if (name === "v" || name === "t") writing = false;
      else if (name === "c") {
        const text = shown(value.join(""), type, style, book);
        const column = next++;
        // A long string that very many cells show is looked through no longer than there is room for it.
        if (text === "" || hidden.has(column) || sink.full) return;
        sink.add("\t".repeat(Math.min(Math.max(0, column - written), MAX_GAP)));
        sink.add(text.replaceAll(/[\t\n\r]/g, " "));
        written = column;
      } else if (name === "row") sink.add("\n");
    },
    text(text) {
      if (writing) value.push(text);
    },
  };
  return firstAlternative(
    visibleOnly(
      handlers,
      (name, { hidden }) => name === "rPh" || (name === "row" && hidden !== undefined && isOn(hidden)),
    ),
  );
}

/** `C7` is column 2; undefined without a reference. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? "")?.[0];
  if (!letters) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function shown(value: string, type: string, style: number, { strings, styles, since1904 }: Book): string {
  if (type === "s") return strings[Number(value)] ?? "";
  if (type === "b") return value === "1" ? "TRUE" : "FALSE";
  if (type !== "n" || value === "") return value;
  return isDate(styles, style) ? (dateOf(Number(value), since1904) ?? value) : value;
}

/** Formats that are dates and times without being listed in the book (ECMA-376, part 1, 18.8.30). */
const BUILT_IN_DATES: [from: number, to: number][] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
];

function isDate(styles: DateStyles, style: number): boolean {
  const format = styles.cells[style];
  if (format === undefined) return false;
  // A format may be long, and of very many cells.
  const known = styles.dates.get(format) ?? isDateFormat(styles.formats, format);
  styles.dates.set(format, known);
  return known;
}

function isDateFormat(formats: DateStyles["formats"], format: number): boolean {
  const code = formats.get(format);
  if (code === undefined) return BUILT_IN_DATES.some(([from, to]) => format >= from && format <= to);
  // Without quoted words, escaped letters and what stands in brackets.
  return /[ymdhs]/i.test(code.replaceAll(/"[^"]*"?|\\.|\[[^\]]*\]?/g, ""));
}

const DAY_MS = 86_400_000;

/** A serial number as a date, with its time where it has one; of less than a day the time alone. */
function dateOf(serial: number, since1904: boolean): string | undefined {
  if (!(serial >= 0 && serial < 2_958_466)) return undefined;
  const epoch = since1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  const at = new Date(epoch + Math.round((serial * DAY_MS) / 1000) * 1000).toISOString();
  const time = at.slice(11, 19);
  if (serial < 1 && !since1904) return time;
  return time === "00:00:00" ? at.slice(0, 10) : `${at.slice(0, 10)} ${time}`;
}
