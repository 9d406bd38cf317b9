/** Attribute names of the one table and its indexes; `infra/` and the entities share them. */
export const table = {
  partitionKey: "pk",
  sortKey: "sk",
  ttl: "ttl",
  indexes: {
    gsi1: { partitionKey: "gsi1pk", sortKey: "gsi1sk" },
    gsi2: { partitionKey: "gsi2pk", sortKey: "gsi2sk" },
  },
} as const;
