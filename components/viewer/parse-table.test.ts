import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_COLUMNS, MAX_ROWS, parseTable } from "./parse-table.ts";

test("cells stand in their rows, whatever sign is between them", () => {
  const rows = [
    ["kind", "count"],
    ["hazel", "40"],
  ];
  for (const text of ["kind,count\nhazel,40\n", "kind;count\r\nhazel;40", "kind\tcount\rhazel\t40\r"]) {
    assert.deepEqual(parseTable(text), { rows, more: false });
  }
});

test("quoted cells keep signs, quotes and ends of lines; empty cells keep their place", () => {
  assert.deepEqual(parseTable('a;"b;\n""c"""\n;;x').rows, [
    ["a", 'b;\n"c"'],
    ["", "", "x"],
  ]);
  assert.deepEqual(parseTable('a,"never closed').rows, [["a", "never closed"]]);
  assert.deepEqual(parseTable("").rows, []);
});

test("a table that is long or wide is cut", () => {
  const long = parseTable("a,b\n".repeat(MAX_ROWS + 1));
  assert.deepEqual([long.rows.length, long.more], [MAX_ROWS, true]);
  assert.equal(parseTable("a,".repeat(MAX_COLUMNS * 2)).rows[0]?.length, MAX_COLUMNS);
});
