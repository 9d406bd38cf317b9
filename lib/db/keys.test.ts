import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describeKeys, type Index, readModels, readSources } from "./keys.ts";

const INDEX: Index = {
  index: "",
  pk: { facets: ["owner"], template: "owner#${owner}" },
  sk: { facets: ["id"], template: "nut#${id}" },
};
const SOURCES = {
  "nuts/nut.entity.ts": `/** What a dormouse\n * keeps. */\nexport const NutEntity = new Entity({});`,
  "nuts/nut.store.ts": `
export async function getNut(id: string) {
  return db().entities.nut.get({ id }).go();
}
async function readNuts() {
  return db()
    .entities.nut.query.byOwner({ owner }).go();
}
export const listNutRows = () => readNuts();
export async function insertNut(nut: Nut) {
  await db().entities.nut.create(nut).go();
}`,
  "nuts/crack-nut.ts": `export async function crackNut(ctx: Ctx, input: NutRef) { return getNut(input.id); }`,
  "nuts/list-nuts.ts": `export async function listNuts(ctx: Ctx) { return listNutRows(); }`,
  "web/hoard.ts": `export const hoard = (nut: Nut) => insertNut(nut);`,
};

test("each access pattern is named with its keys and the verbs that come to it, also through other functions", () => {
  const text = describeKeys({ nut: { byOwner: INDEX } }, SOURCES);
  assert.match(text, /^## nut\n\nWhat a dormouse keeps\.\n/m);
  const keys = "table | `owner#${owner}` | `nut#${id}`";
  assert.ok(text.includes(`| read one | ${keys} | crackNut |`), text);
  assert.ok(text.includes(`| list by owner, ordered by id | ${keys} | listNuts |`), text);
  assert.ok(text.includes(`| write | ${keys} | web/hoard |`), text);
});

test("a changed key or a new caller makes another text", () => {
  const before = describeKeys({ nut: { byOwner: INDEX } }, SOURCES);
  const key = { ...INDEX, sk: { facets: ["id"], template: "hazel#${id}" } };
  assert.notEqual(describeKeys({ nut: { byOwner: key } }, SOURCES), before);
  const more = { ...SOURCES, "nuts/eat-nut.ts": "export async function eatNut(ctx: Ctx) { return getNut(1); }" };
  assert.match(describeKeys({ nut: { byOwner: INDEX } }, more), /crackNut, eatNut/);
});

test("KEYS.md has every entity of the table, each read or written by someone", () => {
  const text = readFileSync(new URL("KEYS.md", import.meta.url), "utf8");
  for (const name of Object.keys(readModels())) {
    assert.match(text, new RegExp(`^## ${name}\n(?:(?!^## ).)*\\| write \\|`, "ms"));
  }
  assert.equal(text, describeKeys(readModels(), readSources()));
});
