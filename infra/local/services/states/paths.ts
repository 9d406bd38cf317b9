/**
 * The part of JSONPath that the workflow uses: `$` and `$$` (the context object) followed by names and numbers.
 * Templates are objects whose fields ending in `.$` are replaced. Anything else is refused when the definition is read.
 */
import type { Json } from "../../core/json.ts";
import { runtimeFailure } from "./failure.ts";

/** What paths can refer to. */
export type Sources = { input: Json; context: Json };

/** The definition uses something that is not implemented here. */
export class UnsupportedDefinition extends Error {}

const STEP = /^(?:\.([A-Za-z_]\w*)|\['([^']+)'\]|\[(\d+)\])/;
const JSON_TO_STRING = /^States\.JsonToString\((\$[^()]*)\)$/;

/** Names and numbers after the root. Throws UnsupportedDefinition. */
function stepsOf(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  let rest = path.replace(/^\$\$?/, "");
  if (rest === path) throw new UnsupportedDefinition(`"${path}" is no path`);
  while (rest !== "") {
    const [whole = "", name, quoted, index] = STEP.exec(rest) ?? [];
    if (whole === "")
      throw new UnsupportedDefinition(`The path "${path}" uses more of JSONPath than the local cloud has`);
    steps.push(index === undefined ? (name ?? quoted ?? "") : Number(index));
    rest = rest.slice(whole.length);
  }
  return steps;
}

/** The value at a path, or undefined when there is none. */
export function findPath(path: string, { input, context }: Sources): Json | undefined {
  let value: Json | undefined = path.startsWith("$$") ? context : input;
  for (const step of stepsOf(path)) {
    if (Array.isArray(value)) value = typeof step === "number" ? value[step] : undefined;
    else if (value !== null && typeof value === "object" && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/** The value at a path. Throws States.Runtime when there is none. */
export function readPath(path: string, sources: Sources, field: string): Json {
  const value = findPath(path, sources);
  if (value !== undefined) return value;
  throw runtimeFailure(`The JSONPath '${path}' specified for the field '${field}' could not be found in the input`);
}

/** A template with the values of its `.$` fields. */
export function fill(template: Json, sources: Sources): Json {
  if (Array.isArray(template)) return template.map((one) => fill(one, sources));
  if (template === null || typeof template !== "object") return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => {
      if (!name.endsWith(".$")) return [name, fill(value, sources)];
      const expression = String(value);
      const [, inner] = JSON_TO_STRING.exec(expression) ?? [];
      const filled = readPath(inner ?? expression, sources, name);
      return [name.slice(0, -2), inner === undefined ? filled : JSON.stringify(filled)];
    }),
  );
}

/** ResultPath: puts a state's result into its input; null keeps the input as it was. */
export function place(result: Json, input: Json, path: string | null = "$"): Json {
  if (path === null) return input;
  return put(result, input, stepsOf(path), path);
}

function put(result: Json, into: Json | undefined, [step, ...rest]: (string | number)[], path: string): Json {
  if (step === undefined) return result;
  if (into !== undefined && (into === null || typeof into !== "object" || Array.isArray(into))) {
    throw runtimeFailure(`Unable to apply ResultPath '${path}' to the input`);
  }
  return { ...into, [step]: put(result, into?.[step], rest, path) };
}

/** Throws UnsupportedDefinition for an invalid path. */
export function checkPath(path: unknown, what: string): void {
  if (typeof path !== "string") throw new UnsupportedDefinition(`${what} is not a path`);
  stepsOf(path);
}

/** Throws UnsupportedDefinition for an invalid template. */
export function checkTemplate(template: unknown): void {
  if (Array.isArray(template)) for (const one of template) checkTemplate(one);
  else if (template !== null && typeof template === "object") {
    for (const [name, value] of Object.entries(template)) {
      if (!name.endsWith(".$")) checkTemplate(value);
      else checkPath(typeof value === "string" ? (JSON_TO_STRING.exec(value)?.[1] ?? value) : value, name);
    }
  }
}
