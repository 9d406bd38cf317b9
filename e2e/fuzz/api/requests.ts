/** Requests made from the program interface's document: some as it says, most with something wrong. */
import fc from "fast-check";
import type { ApiRequest } from "#lib/api/serve.ts";
import { fitting, odd, type Schema } from "./values.ts";

export type Parameter = { name: string; in: "path" | "query"; required: boolean; schema: Schema };
export type Described = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: { "application/json": { schema: Schema } } };
  responses: Record<string, unknown>;
};
export type Document = { paths: Record<string, Record<string, Described>>; components: { schemas: object } };

export type Case = Pick<ApiRequest, "rawPath" | "headers"> &
  Partial<Pick<ApiRequest, "rawQueryString" | "body" | "isBase64Encoded">> & { operationId: string; method: string };

/** Stand in a case for what is there when it is sent. */
export const STAND_INS = {
  transfer: [0, 1, 2].map((at) => `tr_${`${at}`.repeat(22)}`),
  delivery: [`dl_${"0".repeat(22)}`],
  webhook: [`wh_${"0".repeat(22)}`, `wh_${"1".repeat(22)}`],
  message: [`msg_${"0".repeat(22)}`],
  stranger: [`tr_${"9".repeat(22)}`],
  strangersWorkspace: ["ws_9999999999999999999999"],
};

/** What there is of each kind of id, by how such ids begin. */
const NAMED: Record<string, string[]> = {
  tr_: STAND_INS.transfer,
  dl_: STAND_INS.delivery,
  wh_: STAND_INS.webhook,
  msg_: STAND_INS.message,
};

/** Any request for any of the operations, each as likely as the others. */
export function requests({ paths }: Document): fc.Arbitrary<Case> {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method: method.toUpperCase(), described })),
  );
  return fc.constantFrom(...operations).chain(({ path, method, described }) => {
    const { operationId, parameters = [], requestBody } = described;
    const schema = requestBody?.content["application/json"].schema;
    const parts = fc.record({
      inPath: fieldsOf(parameters.filter((one) => one.in === "path")),
      inQuery: fieldsOf(parameters.filter((one) => one.in === "query")),
      body: schema ? body(schema) : fc.constant(undefined),
    });
    return parts.chain(({ inPath, inQuery, body }) => {
      const rawPath = path.replace(/\{(\w+)\}/g, (_, name: string) => asText(inPath[name]));
      const query = new URLSearchParams(Object.entries(inQuery).map(([name, value]) => [name, asText(value)]));
      const plain: Case = {
        ...{ operationId, method, rawPath, rawQueryString: `${query}` },
        headers: body === undefined ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      return fc.oneof({ arbitrary: fc.constant(plain), weight: 2 }, { arbitrary: broken(plain), weight: 1 });
    });
  });
}

/** What fields are given most often, where much that fits their schema is refused for what it means. */
const LIKELY: Record<string, fc.Arbitrary<unknown>> = {
  // The first two have arrived, the others wait.
  ordinal: fc.nat(7),
  firstOrdinal: fc.nat(3),
  file: fc.nat(1),
  part: fc.constant(1),
  wave: fc.nat(3),
  size: fc.nat(100),
  everyone: fc.constantFrom("true", "false"),
  trash: fc.constantFrom("true", "false"),
  email: fc.constantFrom("ana@example.org", "Bob <bob@example.org>", "o'neil@example.co.uk"),
  url: fc.constantFrom("https://receiver.example/hook", "http://10.0.0.1/", "https://user:word@receiver.example/"),
  crc64: fc.constantFrom("AAAAAAAAAAA=", "6KGrRvYMPt8="),
  path: fc.constantFrom("a.txt", "b/c.pdf", "ü 1.jpg").chain((path) => fc.nat(99).map((at) => `${at}/${path}`)),
};

/** What a field is given: what its schema says, or a stand-in where its name is that of something there is. */
function field(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const { pattern = "" } = schema;
  const [, kind = ""] = /^\^(\w+_)/.exec(pattern) ?? [];
  const known = NAMED[kind] ?? [];
  if (known.length > 0)
    return fc.oneof(
      { arbitrary: fc.constantFrom(...known), weight: 12 },
      { arbitrary: fc.oneof(fc.constantFrom(...STAND_INS.stranger), fitting(schema), odd()), weight: 1 },
    );
  if (name === "cursor") return fc.oneof(cursors(), odd());
  return fc.oneof(
    { arbitrary: LIKELY[name] ?? fitting(schema), weight: 25 },
    { arbitrary: fitting(schema), weight: 2 },
    { arbitrary: odd(), weight: 1 },
  );
}

function fieldsOf(parameters: Parameter[]): fc.Arbitrary<Record<string, unknown>> {
  const model = Object.fromEntries(parameters.map(({ name, schema }) => [name, field(name, schema)]));
  return fc.record(model, { requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name) });
}

function body(schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema;
  const model = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, nested(name, one)]));
  const fits = fc.record(model, { requiredKeys: required });
  const more = fc.tuple(fits, fc.constantFrom("extra", "workspaceId", "id", "state", "constructor"), odd());
  return fc.oneof(
    { arbitrary: fits, weight: 8 },
    { arbitrary: more.map(([object, name, value]) => ({ ...object, [name]: value })), weight: 1 },
    { arbitrary: fc.record(model, { requiredKeys: [] }), weight: 1 },
    { arbitrary: odd(), weight: 1 },
  );
}

/** As `field`, within lists and objects as well. */
function nested(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const { type, items, properties, required = [], minItems = 0 } = schema;
  if (type === "array" && items) {
    const few = fc.array(nested(name, items), { minLength: minItems, maxLength: 4 });
    return fc.oneof({ arbitrary: few, weight: 8 }, { arbitrary: odd(), weight: 1 });
  }
  if (type === "object" && properties) {
    const model = Object.fromEntries(Object.entries(properties).map(([one, inner]) => [one, nested(one, inner)]));
    const whole = fc.record(model, { requiredKeys: required });
    return fc.oneof({ arbitrary: whole, weight: 10 }, { arbitrary: odd(), weight: 1 });
  }
  return field(name, schema);
}

/** Cursors that nobody was given: keys of the table in the form that cursors have. */
function cursors(): fc.Arbitrary<string> {
  const [workspace] = STAND_INS.strangersWorkspace;
  const [stranger] = STAND_INS.stranger;
  const text = fc.constantFrom(`ws#${workspace}#transfer#${stranger}`, `ws#${workspace}`, "transfer", "", "ws#");
  const part = fc.oneof(text, fc.constantFrom<unknown>(null, 1, [], {}, true));
  const key = fc.dictionary(fc.constantFrom("pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "id"), part);
  const coded = fc.oneof(
    key.map((one) => JSON.stringify(one)),
    fc.string(),
    fc.nat(20).map(String),
  );
  return fc
    .tuple(coded, fc.constantFrom("base64", "base64url", "utf8"))
    .map(([one, code]) => (code === "utf8" ? one : Buffer.from(one).toString(code as "base64")));
}

/** The same request with what schemas do not speak of made wrong. */
function broken(one: Case): fc.Arbitrary<Case> {
  const { headers, body = "{}" } = one;
  const json = { ...headers, "content-type": "application/json" };
  const inner = body.startsWith("{") ? body.slice(1) : `"a":1}`;
  const bodies = [
    `{"a":1,${inner}`,
    `{"__proto__":{"workspaceId":"x"},${inner}`,
    `{"constructor":{"prototype":{"x":1}},${inner}`,
    body.replace(/"(\w+)":/, '"$1":null,"$1":'),
    body.replace("{", `{"deep":${"[".repeat(5000)}${"]".repeat(5000)},`),
    body.replace("{", `{"deep":${'{"a":'.repeat(3000)}1${"}".repeat(3000)},`),
    `${body} `.repeat(2),
    ...["", "{", "[]", "null", "1", '"a"', "{}x", "\ufeff{}", "NaN", "'a'", "{'a':1}", "{a:1}", '{"a":1,}'],
    JSON.stringify({ pad: "x".repeat(300_000) }),
  ];
  const shown = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Basic eDp5",
    `Bearer dormouse_${"A".repeat(43)}`,
    "\u0000",
  ];
  const types = [undefined, "", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"];
  const tags = ["*", '"x"', "x", 'W/"x"', '"', "", '"a", "b"', "a".repeat(3000)];
  return fc.oneof(
    fc.constantFrom(...bodies).map((body) => ({ ...one, headers: json, body })),
    fc.constantFrom(...shown).map((authorization) => ({ ...one, headers: { ...headers, authorization } })),
    fc.constantFrom(...types).map((type) => ({ ...one, headers: { ...headers, "content-type": type }, body })),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => ({
      ...{ ...one, headers: json, isBase64Encoded: true },
      body: Buffer.from(bytes).toString("base64"),
    })),
    fc
      .tuple(fc.constantFrom("if-match", "if-none-match"), fc.constantFrom(...tags))
      .map(([name, tag]) => ({ ...one, headers: { ...headers, [name]: tag } })),
    fc
      .constantFrom("", "a", '"a"', "key one", "x".repeat(300), "\u00e9", "a,b", '"a";b=1')
      .map((key) => ({ ...one, headers: { ...headers, "idempotency-key": key } })),
    fc.constantFrom("HEAD", "OPTIONS", "TRACE", "get", "PUT", "CONSTRUCTOR", "").map((method) => ({ ...one, method })),
    fc.string({ unit: "binary", maxLength: 20 }).map((more) => ({ ...one, rawPath: `${one.rawPath}/${more}` })),
    fc
      .constantFrom("//", "/v1", "/", "", "/v1/__proto__", "/V1/me", "/v1/me?x")
      .map((rawPath) => ({ ...one, rawPath })),
    fc
      .constantFrom(
        "cursor=a&cursor=b",
        "%",
        "%ff",
        "=&=",
        "&&&",
        "__proto__=1",
        "a[b]=1",
        "cursor=%00",
        "x".repeat(9000),
      )
      .map((rawQueryString) => ({ ...one, rawQueryString })),
    fc
      .constantFrom(
        "x-forwarded-host",
        "host",
        "x-http-method-override",
        "accept",
        "origin",
        "cookie",
        "content-length",
      )
      .chain((name) =>
        fc.string({ maxLength: 50 }).map((value) => ({ ...one, headers: { ...headers, [name]: value } })),
      ),
  );
}

/** As it stands in a path or a query. */
const asText = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));
