import { table } from "#lib/db/indexes.ts";

type Key = { partitionKey: string; sortKey: string };

const keys: Key[] = [table, ...Object.values(table.indexes)];
const indexKey = ({ partitionKey, sortKey }: Key) => ({ hashKey: partitionKey, rangeKey: sortKey });

/** The one table and only source of truth: on demand, with a stream, TTL and 35 days of point-in-time recovery. */
export const Table = new sst.aws.Dynamo("Table", {
  fields: Object.fromEntries(
    keys.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]).map((field) => [field, "string" as const]),
  ),
  primaryIndex: indexKey(table),
  globalIndexes: Object.fromEntries(Object.entries(table.indexes).map(([name, key]) => [name, indexKey(key)])),
  ttl: table.ttl,
  stream: "new-and-old-images",
  deletionProtection: $app.protect,
});
