/** The table as the local cloud creates it, with the attribute names that `infra/` and the entities share. */
import { table } from "../../declaration.ts";

type Key = { partitionKey: string; sortKey: string };

const keySchema = ({ partitionKey, sortKey }: Key) => [
  { AttributeName: partitionKey, KeyType: "HASH" as const },
  { AttributeName: sortKey, KeyType: "RANGE" as const },
];

const attributes = (keys: Key[]) =>
  [...new Set(keys.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]))].map((AttributeName) => ({
    AttributeName,
    AttributeType: "S" as const,
  }));

const index = ([IndexName, key]: [string, Key]) => ({
  IndexName,
  KeySchema: keySchema(key),
  Projection: { ProjectionType: "ALL" as const },
});

const indexes: [string, Key][] = Object.entries(table.indexes);

export const ttlAttribute: string = table.ttl;

/** Input of CreateTable. */
export const createTableInput = (TableName: string) => ({
  TableName,
  BillingMode: "PAY_PER_REQUEST" as const,
  AttributeDefinitions: attributes([table, ...indexes.map(([, key]) => key)]),
  KeySchema: keySchema(table),
  ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes.map(index) } : {}),
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" as const },
});

/** Inputs of UpdateTable, one for each index that the table lacks. */
export const missingIndexInputs = (TableName: string, existing: readonly string[]) =>
  indexes
    .filter(([name]) => !existing.includes(name))
    .map((entry) => ({
      TableName,
      AttributeDefinitions: attributes([table, entry[1]]),
      GlobalSecondaryIndexUpdates: [{ Create: index(entry) }],
    }));

/** Input of UpdateTimeToLive. */
export const timeToLiveInput = (TableName: string) => ({
  TableName,
  TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
});
