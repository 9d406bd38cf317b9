import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describeKeys, type Index, readEntities, readModels } from "./keys.ts";

const TABLE: Index = {
  index: "",
  pk: { facets: ["owner"], template: "owner#${owner}" },
  sk: { facets: ["id"], template: "nut#${id}" },
};
const BY_TREE: Index = {
  index: "gsi1",
  pk: { facets: ["tree"], template: "tree#${tree}" },
  sk: { facets: ["fellAt"], template: "nut#${fellAt}" },
};
const SOURCES = [`/** What a dormouse\n * keeps. */\nexport const NutEntity = new Entity({});`];

test("each access pattern is named with its keys", () => {
  const text = describeKeys({ nut: { byOwner: TABLE, byTree: BY_TREE } }, SOURCES);
  assert.match(text, /^## nut\n\nWhat a dormouse keeps\.\n/m);
  const keys = "table | `owner#${owner}` | `nut#${id}`";
  assert.ok(text.includes(`| one by owner, id | ${keys} |\n| list by owner, ordered by id | ${keys} |`), text);
  assert.ok(text.includes("| list by tree, ordered by fellAt | gsi1 | `tree#${tree}` | `nut#${fellAt}` |"), text);
});

test("a changed key makes another text, and an entity that nothing is said of is an error", () => {
  const before = describeKeys({ nut: { byOwner: TABLE } }, SOURCES);
  const key = { ...TABLE, sk: { facets: ["id"], template: "hazel#${id}" } };
  assert.notEqual(describeKeys({ nut: { byOwner: key } }, SOURCES), before);
  assert.throws(() => describeKeys({ nut: { byOwner: TABLE } }, []), /no comment/);
});

test("KEYS.md has every entity of the table", () => {
  const text = readFileSync(new URL("KEYS.md", import.meta.url), "utf8");
  for (const name of Object.keys(readModels())) assert.match(text, new RegExp(`^## ${name}\n`, "m"));
  assert.equal(text, describeKeys(readModels(), readEntities()));
});
