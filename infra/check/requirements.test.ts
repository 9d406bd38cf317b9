/** docs/security-requirements.md against the standard's numbers and against what is in the repository. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { REQUIREMENT_NUMBERS } from "./requirement-numbers.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const page = read("docs/security-requirements.md");
const story = read("docs/security.md");

type Row = { number: string; cells: string[]; state: string; where: string; tested: string };

const rowsOf = (text: string): Row[] =>
  text
    .split("\n")
    .filter((line) => /^\| *\d/.test(line))
    .map((line) => {
      const cells = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      const [number = "", , , state = "", where = "", tested = ""] = cells;
      return { number, cells, state, where, tested };
    });

/** Paths in backticks: they have a slash, or are a file at the root. Routes and words of the shell have neither. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => /^(app|components|docs|e2e|infra|lib)(\/|$)|^\.?[\w-]+(\.[\w-]+)*\.(ts|mjs|json|md)$/.test(path));

/** `file` “name”, and further names after commas: “another name”. */
const testsIn = (text: string): [file: string, name: string][] =>
  [...text.matchAll(/`([^`]+)`((?:[,;]? ?“[^”]+”)+)/g)].flatMap(([, file = "", names = ""]) =>
    [...names.matchAll(/“([^”]+)”/g)].map(([, name = ""]): [string, string] => [file, name]),
  );

/** Sources escape quotes that stand in quotes. */
const plain = (source: string): string => source.replaceAll("\\", "");

const rows = rowsOf(page);

test("every requirement of the levels 1 and 2 has one row, and no other has", () => {
  assert.equal(REQUIREMENT_NUMBERS.length, 253);
  assert.deepEqual(
    rows.map(({ number }) => number),
    REQUIREMENT_NUMBERS,
  );
});

test("no cell is empty, and each row says what it is", () => {
  for (const { number, cells, state, where, tested } of rows) {
    assert.equal(cells.length, 6, number);
    for (const cell of cells) assert.match(cell, /\w{1,}/, number);
    assert.match(state, /^(met|not met|not applicable)$/, number);
    if (state === "met") assert.ok(pathsIn(where).length > 0, `${number} is met nowhere`);
    if (state === "met") assert.ok(testsIn(tested).length > 0 || /^No test/.test(tested), `${number} is not tested`);
  }
});

test("files and folders that a row, or the story, names are there", () => {
  for (const path of [...rows.flatMap(({ where, tested }) => pathsIn(`${where} ${tested}`)), ...pathsIn(story)]) {
    assert.ok(existsSync(join(ROOT, path)), path);
  }
});

test("tests that a row names are in their files", () => {
  const named = rows.flatMap(({ tested }) => testsIn(tested));
  assert.ok(named.length > 150, `${named.length} tests are named`);
  for (const [file, name] of named) {
    assert.match(file, /\.(test|spec)\.ts$/, name);
    assert.ok(plain(read(file)).includes(name), `${file} has no “${name}”`);
  }
});

test("the figures of both pages are those of the table", () => {
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const said = `${rows.length} requirements: ${count("met")} met, ${count("not applicable")} not applicable, ${count("not met")} not met`;
  for (const text of [page, story]) assert.ok(text.includes(said), said);
});

test("what is missing is found", () => {
  const [row] = rowsOf(
    "| 1.1.1 | 1 | words | met | `lib/none.ts` and `npm run x` | `a.test.ts` “one”, “two”; `b.test.ts` “three” |",
  );
  assert.deepEqual(pathsIn(row?.where ?? ""), ["lib/none.ts"]);
  assert.deepEqual(testsIn(row?.tested ?? ""), [
    ["a.test.ts", "one"],
    ["a.test.ts", "two"],
    ["b.test.ts", "three"],
  ]);
});
