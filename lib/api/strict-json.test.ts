import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseStrictly } from "./strict-json.ts";

test("what is said once is read as JSON.parse reads it", () => {
  const one = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(one, (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(parseStrictly(text), JSON.parse(text));
    }),
    { seed: 1, numRuns: 1000 },
  );
  assert.deepEqual(parseStrictly('{"a":{"b":1},"b":{"a":[{"a":1},{"a":"a\\":{\\"a"}]}}'), {
    a: { b: 1 },
    b: { a: [{ a: 1 }, { a: 'a":{"a' }] },
  });
});

test("a name that an object has twice is refused and named, however it is written and wherever it stands", () => {
  for (const text of [
    '{"title":1,"title":2}',
    '{"title":1,"t\\u0069tle":1}',
    '{"a":{"x":[1,{"title":[],"b":"}","title":{}}]}}',
    '[{"title":1},{"title":{"title":1},"title":2}]',
  ])
    assert.throws(() => parseStrictly(text), { code: "InvalidInput", message: "“title” is said twice." }, text);
});

test("a field called __proto__ is refused, and text that has that word is not", () => {
  for (const text of ['{"__proto__":1}', '{"a":[{"__proto_\\u005f":{"x":1}}]}'])
    assert.throws(() => parseStrictly(text), /No field is called “__proto__”/, text);
  assert.deepEqual(parseStrictly('{"a":"__proto__"}'), { a: "__proto__" });
});

test("twenty levels are read, and one more is refused", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  assert.ok(parseStrictly(nested(20)));
  for (const depth of [21, 100_000]) assert.throws(() => parseStrictly(nested(depth)), /at most 20 deep/);
});

test("what is no JSON is refused", () => {
  for (const text of ["", "{", "{a:1}", "NaN", '{"a":1,}', "{}{}", '"\u0000"'])
    assert.throws(() => parseStrictly(text), { code: "InvalidInput" }, text);
});
