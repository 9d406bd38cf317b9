/**
 * dynoxide-file.ts uses private tables of dynoxide. These tests fail when its version or those tables change, so that
 * somebody checks the code.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { findDynoxide, startDynamoDb } from "./engine.ts";

const PROGRAM = findDynoxide(resolve(import.meta.dirname, "../../../.."));
const VERSION = "dynoxide 1.2.1";
/** A table's columns with their types; `*` marks the columns of the primary key. */
const SCHEMA = {
  _stream_records:
    "id INTEGER*, table_name TEXT, event_name TEXT, keys_json TEXT, new_image TEXT, old_image TEXT, sequence_number TEXT, shard_id TEXT, created_at INTEGER, user_identity TEXT",
  _tables:
    "table_name TEXT*, key_schema TEXT, attribute_definitions TEXT, gsi_definitions TEXT, lsi_definitions TEXT, stream_enabled INTEGER, stream_view_type TEXT, stream_label TEXT, ttl_attribute TEXT, ttl_enabled INTEGER, created_at INTEGER, table_status TEXT, billing_mode TEXT, provisioned_throughput TEXT, tags TEXT, sse_specification TEXT, table_class TEXT, deletion_protection_enabled INTEGER, on_demand_throughput TEXT, table_id TEXT, vector_index_definitions TEXT",
  "a-table": "pk TEXT*, sk TEXT*, item_json TEXT, item_size INTEGER, cached_at REAL, hash_prefix TEXT",
};

test("dynoxide's version and its private tables are those that dynoxide-file.ts was written for", async (t) => {
  assert.equal(execFileSync(PROGRAM, ["--version"], { encoding: "utf8" }).trim(), VERSION);
  const folder = temporaryDirectory(t);
  const file = join(folder, "data.sqlite");
  const pidFile = join(folder, "dynamodb.pid");
  const engine = await startDynamoDb({
    program: PROGRAM,
    file,
    pidFile,
    tableName: "a-table",
    log() {},
    isolated: false,
  });
  await engine.stop();
  const database = new DatabaseSync(file, { readOnly: true });
  t.after(() => database.close());
  const columns = (table: string): string =>
    database
      .prepare("SELECT name, type, pk FROM pragma_table_info(?)")
      .all(table)
      .map(({ name, type, pk }) => `${name} ${type}${pk ? "*" : ""}`)
      .join(", ");
  assert.deepEqual(Object.fromEntries(Object.keys(SCHEMA).map((table) => [table, columns(table)])), SCHEMA);
});
