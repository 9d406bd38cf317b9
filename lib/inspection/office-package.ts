import { attribute, isOn } from "./visible-xml.ts";
import type { XmlHandlers } from "./xml-text.ts";

/** What a part of a package refers to: `type` is the last word of the relationship's type. */
export type Relationship = { type: string; target: string };
export type Relationships = Map<string, Relationship>;

/** Where a part's relationships are listed (ECMA-376, part 2); the empty path is the package itself. */
export function relationshipsPath(part: string): string {
  const cut = part.lastIndexOf("/") + 1;
  return `${part.slice(0, cut)}_rels/${part.slice(cut)}.rels`;
}

/** Those within the package, by their ids; targets as paths from its root. */
export function relationshipsHandlers(part: string, found: Relationships): XmlHandlers {
  const folder = `/${part.slice(0, part.lastIndexOf("/") + 1)}`;
  return {
    open(name, { Id, Type = "", Target, TargetMode }) {
      if (name !== "Relationship" || Id === undefined || Target === undefined || TargetMode === "External") return;
      found.set(Id, { type: Type.slice(Type.lastIndexOf("/") + 1), target: resolve(folder, Target) });
    },
  };
}

function resolve(folder: string, target: string): string {
  const path: string[] = [];
  for (const step of (target.startsWith("/") ? target : folder + target).split("/")) {
    if (step === "..") path.pop();
    else if (step !== "." && step !== "") path.push(step);
  }
  return path.join("/");
}

/** Ids of slides or sheets in the document's own order; hidden sheets are left out. */
export function orderHandlers(ids: string[]): XmlHandlers {
  return {
    open(name, attributes) {
      if (name !== "sldId" && name !== "sheet") return;
      const id = Object.entries(attributes).find(([key]) => /:id$/.test(key))?.[1];
      if (id !== undefined && !/hidden/i.test(attributes.state ?? "")) ids.push(id);
    },
  };
}

/** Whether dates of a book count from 1904, as on old Macintoshes. */
export function epochHandlers(found: { since1904: boolean }): XmlHandlers {
  return {
    open(name, attributes) {
      const value = attribute(attributes, "date1904");
      if (name === "workbookPr" && value !== undefined) found.since1904 = isOn(value);
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
