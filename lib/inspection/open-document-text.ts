import type { TextSink } from "./text-sink.ts";
import { attribute, visibleOnly } from "./visible-xml.ts";
import type { XmlHandlers } from "./xml-text.ts";

/** Deletions that are kept for undoing them, comments, notes to a slide's speaker, and fields that hide their text. */
const UNSEEN = new Set([
  "tracked-changes",
  "annotation",
  "notes",
  "hidden-text",
  "hidden-paragraph",
  "ruby-text",
  "desc",
]);
/** Empty cells in a row that are kept; one may be repeated 16,384 times. */
const MAX_GAP = 200;

/** OpenDocument, of all three kinds: what can be seen. */
export function openDocumentHandlers(sink: TextSink): XmlHandlers {
  let paragraphs = 0;
  let cell: { repeated: number; full: boolean } | undefined;
  /** Tabs that a row owes before its next cell that is not empty. */
  let owed = 0;
  let style = "";
  /** Names of styles that hide: they stand before what they are of. */
  const hiding = new Set<string>();
  const pay = () => {
    if (cell) cell.full = true;
    if (owed > 0) sink.add("\t".repeat(Math.min(owed, MAX_GAP)));
    owed = 0;
  };
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === "p" || name === "h") paragraphs++;
      else if (name === "style" || name === "default-style") style = attribute(attributes, "name") ?? "";
      else if (name.endsWith("-properties")) {
        const off = attribute(attributes, "display");
        if (off === "none" || off === "false" || attribute(attributes, "visibility") === "hidden")
          if (style !== "") hiding.add(style);
      } else if (name === "table-row") owed = 0;
      else if (name === "table-cell" || name === "covered-table-cell") {
        cell = { repeated: Number(attribute(attributes, "number-columns-repeated") ?? 1) || 1, full: false };
      } else if (paragraphs > 0 && name === "tab") sink.add("\t");
      else if (paragraphs > 0 && name === "line-break") sink.add("\n");
      else if (paragraphs > 0 && name === "s")
        sink.add(" ".repeat(Math.min(Number(attribute(attributes, "c") ?? 1) || 1, MAX_GAP)));
    },
    close(name) {
      if (name === "p" || name === "h") {
        paragraphs--;
        sink.add(cell ? " " : "\n");
      } else if (name === "table-cell" || name === "covered-table-cell") {
        owed += cell?.repeated ?? 1;
        cell = undefined;
      } else if (name === "table-row" || name === "page") sink.add("\n");
    },
    text(text) {
      if (paragraphs === 0) return;
      if (cell && !cell.full) pay();
      sink.add(text);
    },
  };
  return visibleOnly(handlers, (name, attributes) => {
    if (UNSEEN.has(name)) return true;
    if (name === "section" && attribute(attributes, "display") === "none") return true;
    if (/^(collapse|filter)$/.test(attribute(attributes, "visibility") ?? "")) return name === "table-row";
    return hiding.has(attribute(attributes, "style-name") ?? "") && !name.endsWith("-properties");
  });
}
