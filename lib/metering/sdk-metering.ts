import { currentMeter } from "./meter.ts";

type Capacity = { CapacityUnits?: number; ReadCapacityUnits?: number; WriteCapacityUnits?: number };
type Handler = (args: { input: object; [key: string]: unknown }) => Promise<{ output: object; [key: string]: unknown }>;
type Stack = {
  add(
    middleware: (next: Handler, context: { commandName?: string }) => Handler,
    options: { step: "initialize"; name: string },
  ): void;
};

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);

/** Middleware for the DynamoDB client: asks for the consumed capacity (TOTAL, as returned) and counts it. */
export function meterDynamoDB(client: { middlewareStack: unknown }): void {
  // Guarantee: every SDK v3 client has a middleware stack with this shape; its generic types differ per client.
  (client.middlewareStack as Stack).add(
    (next, context) => async (args) => {
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
      const consumed = (result.output as { ConsumedCapacity?: Capacity | Capacity[] }).ConsumedCapacity;
      const operation = (context.commandName ?? "").replace(/Command$/, "");
      const unit = WRITES.has(operation) ? "writeUnits" : "readUnits";
      const units = [consumed ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      currentMeter()?.count("dynamodb", operation, { requests: 1, [unit]: units });
      return result;
    },
    { step: "initialize", name: "dormouseMetering" },
  );
}

/** Middleware for clients that are billed by the request, such as S3's. */
export function meterRequests(client: { middlewareStack: unknown }, service: string): void {
  (client.middlewareStack as Stack).add(
    (next, context) => async (args) => {
      const result = await next(args);
      currentMeter()?.count(service, (context.commandName ?? "").replace(/Command$/, ""), { requests: 1 });
      return result;
    },
    { step: "initialize", name: "dormouseMetering" },
  );
}
