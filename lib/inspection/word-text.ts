import type { TextSink } from "./text-sink.ts";
import { attribute, firstAlternative, isOn, visibleOnly } from "./visible-xml.ts";
import type { XmlHandlers } from "./xml-text.ts";

/** Deleted, or moved away; and how something was formatted before, which says nothing of how it is now. */
const GONE = new Set(["del", "moveFrom", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange"]);
/** What can be hidden as a whole in a drawing. */
const SHAPES = new Set(["sp", "graphicFrame", "pic", "grpSp", "cxnSp"]);

/** WordprocessingML and the DrawingML of slides: what is written and can be seen, not what was deleted or computes. */
export function wordHandlers(sink: TextSink): XmlHandlers {
  let writing = false;
  let hiddenRun = false;
  /** For each shape that is open, whether it is hidden. */
  const shapes: boolean[] = [];
  const seen = () => !hiddenRun && !shapes.includes(true);
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === "t") writing = true;
      else if (name === "r") hiddenRun = false;
      else if (name === "vanish" || name === "webHidden") hiddenRun = isOn(attribute(attributes, "val"));
      else if (SHAPES.has(name)) shapes.push(false);
      else if (name === "cNvPr" && shapes.length > 0) {
        const { hidden } = attributes;
        if (hidden !== undefined && isOn(hidden)) shapes[shapes.length - 1] = true;
      } else if (!seen()) return;
      else if (name === "tab" || name === "ptab") sink.add("\t");
      else if (name === "br" || name === "cr") sink.add("\n");
      else if (name === "noBreakHyphen") sink.add("-");
    },
    close(name) {
      if (name === "t") writing = false;
      else if (name === "r") hiddenRun = false;
      else if (SHAPES.has(name)) shapes.pop();
      else if (name === "p") {
        hiddenRun = false;
        if (seen()) sink.add("\n");
      } else if (name === "tc") sink.add("\t");
    },
    text(text) {
      if (writing && seen()) sink.add(text);
    },
  };
  // A tab stop of a paragraph's format is no tab of its text.
  return firstAlternative(visibleOnly(handlers, (name) => GONE.has(name) || name === "tabs"));
}
