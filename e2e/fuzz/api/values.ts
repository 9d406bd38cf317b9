/** Values for JSON schemas, as the program interface's document has them: those that fit, and those that do not. */
import fc from "fast-check";

export type Schema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: Schema | boolean;
};

/** Items of a list and letters of a text at most, where a schema allows more. */
const MOST = { items: 4, letters: 40 };

/** What fits a schema, with its bounds more often than chance has them. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting));
  if (schema.type === "string") return text(schema);
  if (schema.type === "integer" || schema.type === "number") return number(schema);
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "array") {
    const { minItems = 0, maxItems = MOST.items, items = {} } = schema;
    return fc.array(fitting(items), {
      minLength: minItems,
      maxLength: Math.max(minItems, Math.min(maxItems, MOST.items)),
    });
  }
  if (schema.type === "object") return object(schema);
  return fc.jsonValue();
}

function text({ pattern, minLength = 0, maxLength = 2048 }: Schema): fc.Arbitrary<string> {
  if (pattern) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(
    { arbitrary: fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, MOST.letters) }), weight: 3 },
    { arbitrary: fc.constantFrom("a".repeat(maxLength), "a".repeat(Math.max(minLength, 1))), weight: 1 },
    { arbitrary: fc.constantFrom(...ADDRESSES.filter(({ length }) => length <= maxLength)), weight: 1 },
  );
}

const ADDRESSES = ["ana@example.org", "a/b/c.txt", "../../etc/passwd", "folder/"];

function number({ type, minimum, maximum, exclusiveMinimum }: Schema): fc.Arbitrary<number> {
  const min = minimum ?? (exclusiveMinimum ?? -1000) + 1;
  const max = maximum ?? 1000;
  const between = type === "integer" ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
  return fc.oneof(between, fc.constantFrom(min, max, min + 1), fc.integer({ min, max: Math.min(max, min + 5) }));
}

function object({ properties = {}, required = [], propertyNames, additionalProperties }: Schema): fc.Arbitrary<object> {
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fitting(schema)])),
    { requiredKeys: required },
  );
  if (typeof additionalProperties !== "object" || !propertyNames) return named;
  return fc.dictionary(fitting(propertyNames) as fc.Arbitrary<string>, fitting(additionalProperties), { maxKeys: 3 });
}

/** What a field of any schema may be given by someone who has not read it. */
export const odd = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom<unknown>(
      ...[null, true, "", " ", "0", "-1", "1e3", "null", [], {}, [[]], [null], { a: {} }, 0, -0, -1, 0.5],
      ...[1e308, -1e308, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, 2 ** 53 + 2, 5e-324],
      ...["\u0000", "\ud800", "\u202e", "a\r\nb", "x".repeat(3000), "😀".repeat(900), "#", "ws#x#y", "{}", "../.."],
      ...["__proto__", "constructor", "toString", { __proto__: null, length: 5 }, { toString: 1 }, "9".repeat(400)],
    ),
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.jsonValue({ maxDepth: 4 }),
    fc.double(),
  );
