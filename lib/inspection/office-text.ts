import type { XmlHandlers } from "./xml-text.ts";

/** Text as it is gathered, until there is as much as will be shown. */
export class TextSink {
  readonly #limit: number;
  #parts: string[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    if (this.full) return;
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** Counted in UTF-16 units, of which each has one byte or more in UTF-8. */
  get full(): boolean {
    return this.#length >= this.#limit;
  }

  /** Without blanks at the end of lines, and with one empty line at most. */
  get text(): string {
    return this.#parts
      .join("")
      .replace(/[^\S\n]+\n/g, "\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim();
  }
}

/** WordprocessingML and the DrawingML of slides: what is written, not what was deleted or computes. */
export function wordHandlers(sink: TextSink): XmlHandlers {
  let writing = false;
  return {
    open(name) {
      if (name === "t") writing = true;
      else if (name === "tab") sink.add("\t");
      else if (name === "br" || name === "cr") sink.add("\n");
    },
    close(name) {
      if (name === "t") writing = false;
      else if (name === "p") sink.add("\n");
      else if (name === "tc") sink.add("\t");
    },
    text(text) {
      if (writing) sink.add(text);
    },
  };
}

/** A spreadsheet's table of strings; phonetic hints are left out. */
export function stringsHandlers(strings: string[]): XmlHandlers {
  let current = "";
  let writing = false;
  let phonetic = 0;
  return {
    open(name) {
      if (name === "si") current = "";
      else if (name === "rPh") phonetic++;
      else if (name === "t") writing = phonetic === 0;
    },
    close(name) {
      if (name === "si") strings.push(current);
      else if (name === "rPh") phonetic--;
      else if (name === "t") writing = false;
    },
    text(text) {
      if (writing) current += text;
    },
  };
}

/** A spreadsheet's sheet: a line a row, a tab between cells. */
export function sheetHandlers(sink: TextSink, strings: string[]): XmlHandlers {
  let type = "";
  let value = "";
  let writing = false;
  let cells = 0;
  return {
    open(name, attributes) {
      if (name === "row") cells = 0;
      else if (name === "c") {
        type = attributes.t ?? "n";
        value = "";
      } else if (name === "v" || name === "t") writing = true;
    },
    close(name) {
      if (name === "v" || name === "t") writing = false;
      else if (name === "c")
        sink.add(`${cells++ > 0 ? "\t" : ""}${type === "s" ? (strings[Number(value)] ?? "") : value}`);
      else if (name === "row") sink.add("\n");
    },
    text(text) {
      if (writing) value += text;
    },
  };
}

/** OpenDocument, of all three kinds. */
export function openDocumentHandlers(sink: TextSink): XmlHandlers {
  let paragraphs = 0;
  let cell = false;
  return {
    open(name) {
      if (name === "p" || name === "h") paragraphs++;
      else if (name === "table-cell") cell = true;
      else if (paragraphs > 0 && name === "tab") sink.add("\t");
      else if (paragraphs > 0 && name === "line-break") sink.add("\n");
      else if (paragraphs > 0 && name === "s") sink.add(" ");
    },
    close(name) {
      if (name === "p" || name === "h") {
        paragraphs--;
        sink.add(cell ? " " : "\n");
      } else if (name === "table-cell") {
        cell = false;
        sink.add("\t");
      } else if (name === "table-row" || name === "page") sink.add("\n");
    },
    text(text) {
      if (paragraphs > 0) sink.add(text);
    },
  };
}

/** Numbers that a document states about itself, by the name of their element or attribute. */
export function numbersHandlers(found: Map<string, number>): XmlHandlers {
  let current = "";
  const note = (name: string, text: string) => {
    if (/^\d{1,7}$/.test(text.trim())) found.set(name, Number(text));
  };
  return {
    open(name, attributes) {
      current = name;
      for (const [key, value] of Object.entries(attributes)) note(key.slice(key.indexOf(":") + 1), value);
    },
    text(text) {
      note(current, text);
    },
  };
}
