import { natureOf, RUNNABLE, typePromisedBy } from "./file-kinds.ts";

/** Characters that turn the order of reading round, so that `gnp.exe` is read as `exe.png`. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/;
/** Families whose members are always known by their first bytes: what is not known is none of them. */
const ALWAYS_KNOWN = new Set(["pdf", "picture", "office", "archive"]);
const UNKNOWN = "application/octet-stream";

/** The part of a name after its last dot, in lower case; empty where there is none. */
export function endingOf(name: string): string {
  return /[^/\\]\.([^./\\]{1,12})\s*$/.exec(name)?.[1]?.trim().toLowerCase() ?? "";
}

/**
 * One sentence when a name or a declared type promises something else than the content is, in a way that a person
 * should know before opening it; undefined when it is as good as its word. A PNG named .jpg is.
 */
export function lieOf(name: string, declared: string | undefined, type: string): string | undefined {
  const ending = endingOf(name);
  const actual = natureOf(type);
  const program = actual?.family === "program" || RUNNABLE.has(ending);
  if (TURNING.test(name)) return "This file's name has characters that make it read backwards, which hides what it is.";
  if (program && RUNNABLE.has(ending)) {
    const hidden = natureOf(typePromisedBy(endingOf(name.slice(0, name.lastIndexOf(".")))) ?? "");
    if (!hidden || hidden.family === "archive") return undefined;
    return `This file's name looks like that of ${hidden.noun}, but it is ${actual?.noun ?? "a program"}. Don't open it unless you know why it was sent.`;
  }
  const by = typePromisedBy(ending);
  const promise = natureOf(by ?? (ending === "" ? (declared ?? "") : ""));
  if (!promise || promise.family === actual?.family) return undefined;
  const how = by ? "is named" : "was sent";
  if (!actual) {
    if (type !== UNKNOWN || !ALWAYS_KNOWN.has(promise.family)) return undefined;
    return `This file ${how} as ${promise.noun}, but its content is not one.`;
  }
  if (isHarmless(promise.family, actual.family)) return undefined;
  const warning = actual.family === "program" ? " Don't open it unless you know why it was sent." : "";
  return `This file ${how} as ${promise.noun}, but it is ${actual.noun}.${warning}`;
}

/** Documents are archives inside; web pages, drawings and data are texts. */
function isHarmless(promised: string, actual: string): boolean {
  if (promised === "archive") return actual === "office";
  if (promised === "text") return actual === "svg" || actual === "html";
  return actual === "text" && (promised === "svg" || promised === "html");
}
