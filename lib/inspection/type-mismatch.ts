import { extensionOf } from "../kernel/file-name.ts";
import { RUNNABLE, typeInfoOf, typeOfExtension } from "./file-kinds.ts";
import type { Content } from "./zip-type.ts";

/** Families whose members are known by their first bytes, if they are whole and of a common kind. */
const RECOGNISABLE_FAMILIES = new Set(["pdf", "picture", "office", "archive", "text"]);

/**
 * One sentence when a name or a declared type promises something else than the content is, in a way that a person
 * should know before opening it; undefined when it is as good as its word. A PNG named .jpg is. It takes proof: what is
 * not recognised, or could not be looked through, is no lie.
 */
export function typeMismatch(name: string, declared: string | undefined, { type, sure }: Content): string | undefined {
  const ending = extensionOf(name);
  const actual = typeInfoOf(type);
  const program = actual?.family === "program" || RUNNABLE.has(ending);
  if (extensionOf(inDisplayOrder(name)) !== ending) {
    return "This file's name has characters that make it read backwards, which hides what it is.";
  }
  if (program && RUNNABLE.has(ending)) {
    const hidden = typeInfoOf(typeOfExtension(extensionOf(name.slice(0, name.lastIndexOf(".")))) ?? "");
    if (!hidden || hidden.family === "archive") return undefined;
    return `This file's name looks like that of ${hidden.noun}, but it is ${actual?.noun ?? "a program"}. Don't open it unless you know why it was sent.`;
  }
  const { promise, by } = expectedTypeOf(name, declared);
  if (!promise || !actual || !sure || promise.family === actual.family) return undefined;
  if (isHarmless(promise.family, actual.family, type)) return undefined;
  const how = by === "name" ? "is named" : "was sent";
  const warning = actual.family === "program" ? " Don't open it unless you know why it was sent." : "";
  return `This file ${how} as ${promise.noun}, but it is ${actual.noun}.${warning}`;
}

/** A plain remark on a file whose content nothing knows, where its name promises something that is mostly known. */
export function unrecognised(name: string, declared: string | undefined): string | undefined {
  const { promise } = expectedTypeOf(name, declared);
  if (!promise || !RECOGNISABLE_FAMILIES.has(promise.family)) return undefined;
  return `Its content is not recognised as that of ${promise.noun}: it may be damaged, or of a rare kind.`;
}

function expectedTypeOf(name: string, declared: string | undefined) {
  const ending = extensionOf(name);
  const named = typeOfExtension(ending);
  return {
    promise: typeInfoOf(named ?? (ending === "" ? (declared ?? "") : "")),
    by: named ? ("name" as const) : ("type" as const),
  };
}

/**
 * A name as it is laid out, as far as overrides of direction go (Unicode Standard Annex #9): what stands between
 * U+202E and its end is shown backwards, so that `\u202egnp.exe` reads `exe.png`. Embeddings and isolates only tell
 * where a piece of text begins and ends.
 */
function inDisplayOrder(name: string): string {
  type Level = { shown: string; backwards: boolean };
  const levels: Level[] = [{ shown: "", backwards: false }];
  const add = (text: string) => {
    const level = levels.at(-1);
    if (level) level.shown = level.backwards ? text + level.shown : level.shown + text;
  };
  const end = () => {
    const level = levels.length > 1 ? levels.pop() : undefined;
    if (level) add(level.shown);
  };
  for (const character of name) {
    if (/[\u202a-\u202d\u2066-\u2068]/.test(character) && character !== "\u202c") {
      levels.push({ shown: "", backwards: false });
    } else if (character === "\u202e") levels.push({ shown: "", backwards: true });
    else if (character === "\u202c" || character === "\u2069") end();
    else add(character);
  }
  while (levels.length > 1) end();
  return levels[0]?.shown ?? name;
}

/** Documents are archives inside; web pages, drawings and data are texts, and Office once wrote documents as XML. */
function isHarmless(promised: string, actual: string, type: string): boolean {
  if (promised === "archive") return actual === "office";
  if (promised === "office" && type === "application/xml") return true;
  if (promised === "text") return actual === "svg" || actual === "html";
  return actual === "text" && (promised === "svg" || promised === "html");
}
