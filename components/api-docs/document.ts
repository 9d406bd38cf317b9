/** The program interface's OpenAPI document, as far as its page shows it. */

export type Schema = {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  description?: string;
};

type Parameter = { name: string; in: string; required: boolean; description?: string; schema: Schema };
type Content = { content?: Record<string, { schema: Schema }> };

export type Described = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content | { $ref: string }>;
};

export type ApiDocument = {
  tags: { name: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
};

export type Operation = Described & { method: string; path: string };

/** In the order of the document. */
export const operationsOf = ({ paths }: ApiDocument): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ ...one, method: method.toUpperCase(), path })),
  );

export const nameOfRef = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

/** `names`: the schemas that a type speaks of, which stand elsewhere on the page. */
export type Field = { name: string; type: string; names: string[]; required: boolean; about: string };

/** The fields of an object, and those within them as `files[].path`. */
export function fieldsOf(schema: Schema, before = ""): Field[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, one]) => {
    const full = `${before}${name}`;
    const inner = one.items ?? one;
    const below = inner.properties ? fieldsOf(inner, `${full}${one.items ? "[]" : ""}.`) : [];
    return [fieldOf(full, one, required.includes(name)), ...below];
  });
}

export const fieldOf = (name: string, schema: Schema, required: boolean, description = schema.description): Field => ({
  ...{ name, type: typeOf(schema), names: namesIn(schema), required },
  about: [description, boundsOf(schema)].filter(Boolean).join(" "),
});

/** In words that fit a line: `string`, `"open" | "closed"`, `Transfer[]`. */
export function typeOf({ $ref, enum: choices, anyOf, type, items, additionalProperties, ...rest }: Schema): string {
  if ($ref) return nameOfRef($ref);
  if (rest.const !== undefined) return JSON.stringify(rest.const);
  if (choices) return choices.map((one) => JSON.stringify(one)).join(" | ");
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(" | ");
  if (type === "array") return items ? `${typeOf({ ...items, description: "" })}[]` : "list";
  if (typeof additionalProperties === "object") return `object of ${typeOf(additionalProperties)}`;
  return type ?? "any";
}

function namesIn({ $ref, items, anyOf = [] }: Schema): string[] {
  if ($ref) return [nameOfRef($ref)];
  return [...(items ? namesIn(items) : []), ...anyOf.flatMap(namesIn)];
}

/** What a value is held to, in a sentence; numbers beyond any use are left out. */
function boundsOf({ minimum, maximum, minLength, maxLength, maxItems, format }: Schema): string {
  const says = [
    minimum !== undefined && minimum > 0 ? `from ${minimum.toLocaleString("en")}` : "",
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `up to ${maximum.toLocaleString("en")}` : "",
    minLength ? `at least ${minLength} character${minLength === 1 ? "" : "s"}` : "",
    maxLength ? `at most ${maxLength.toLocaleString("en")} characters` : "",
    maxItems ? `at most ${maxItems.toLocaleString("en")} entries` : "",
    format === "date-time" ? "a date and time" : "",
  ].filter(Boolean);
  const [first = ""] = says;
  return first ? `${first[0]?.toUpperCase()}${says.join(", ").slice(1)}.` : "";
}

/** What the operation answers when it succeeds. */
export function answerOf({ responses }: Described): { status: string; schema: Schema } | undefined {
  const [status = "", response] = Object.entries(responses).find(([one]) => one.startsWith("2")) ?? [];
  const schema = response && "content" in response ? response.content?.["application/json"]?.schema : undefined;
  return schema && { status, schema };
}

export const bodyOf = ({ requestBody }: Described): Schema | undefined =>
  requestBody?.content?.["application/json"]?.schema;
