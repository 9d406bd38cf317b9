/**
 * DynamoDB's endpoint: checks signatures, starts the engine, passes requests on and writes the capacity of each to the
 * ledger. The engine is always asked for the consumed capacity; clients get it only if they asked.
 */
import { createHash } from "node:crypto";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { refuseForeignHost } from "../../core/hosts.ts";
import type { Ledger } from "../../core/ledger.ts";
import { type Credentials, verifySigV4 } from "../../core/sigv4.ts";
import type { Engine } from "../../core/supervisor.ts";
import type { DynamoDbEngine } from "./engine.ts";

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const READS = new Set(["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]);
const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);
/** Writes that are billed by the existing item when their condition fails. */
const CONDITIONAL = new Set(["PutItem", "UpdateItem", "DeleteItem"]);

export type DynamoDbOptions = {
  engine: Engine<DynamoDbEngine>;
  credentials: Credentials;
  region: string;
  ledger: Ledger;
  /** Called after each write. */
  onWrite?: () => void;
  onError?: (message: string) => void;
};

type Answer = { status: number; headers: Record<string, string>; body: Buffer };

/** An HTTP server that is not listening yet. */
export function createDynamoDbFront(options: DynamoDbOptions): Server {
  const { engine, credentials, region, ledger, onWrite = () => {}, onError = () => {} } = options;
  async function answer(request: IncomingMessage): Promise<Answer> {
    const body = await readBody(request);
    if (!body)
      return failure(413, "com.amazon.coral.service#RequestEntityTooLargeException", "The request is too large.");
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    const verified = verifySigV4({
      method: request.method ?? "POST",
      path,
      query,
      headers: request.headersDistinct,
      service: "dynamodb",
      region,
      credentials,
      now: new Date(),
      bodySha256: createHash("sha256").update(body).digest("hex"),
    });
    if (!verified.ok) return failure(verified.status, `com.amazon.coral.service#${verified.code}`, verified.message);
    const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "";
    if (!READS.has(operation) && !WRITES.has(operation))
      return engine.use((running) => forward(running, request, body));
    const asked = JSON.parse(body.toString()) as Asked;
    const changed = Buffer.from(JSON.stringify(askForCapacity(operation, asked)));
    return engine.use(async (running) => {
      const from = performance.now();
      const answered = await forward(running, request, changed);
      if (WRITES.has(operation) && answered.status === 200) onWrite();
      const output = JSON.parse(answered.body.toString()) as Output;
      const consumed = consumedUnits(operation, answered.status, output, asked);
      if (consumed) ledger({ service: "dynamodb", operation, ...consumed, ms: performance.now() - from });
      return withoutUnasked(answered, output, asked);
    });
  }

  return createServer((request, response) => {
    if (refuseForeignHost(request, response)) return;
    answer(request).then(
      (answered) => send(response, answered),
      (error: unknown) => {
        onError(`dynamodb: ${error instanceof Error ? error.message : String(error)}`);
        // The SDK retries, as after an outage on AWS.
        send(response, failure(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "The engine failed."));
      },
    );
  });
}

type Capacity = { TableName?: string; CapacityUnits?: number };
type Asked = {
  TableName?: string;
  ReturnConsumedCapacity?: string;
  ReturnValuesOnConditionCheckFailure?: string;
  TransactItems?: unknown[];
};
type Output = { __type?: string; ConsumedCapacity?: Capacity | Capacity[]; Item?: Record<string, unknown> };

const wantsCapacity = (asked: Asked): boolean => ["TOTAL", "INDEXES"].includes(asked.ReturnConsumedCapacity ?? "NONE");

function askForCapacity(operation: string, asked: Asked): Asked {
  return {
    ...asked,
    ...(wantsCapacity(asked) ? {} : { ReturnConsumedCapacity: "TOTAL" }),
    ...(CONDITIONAL.has(operation) ? { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } : {}),
  };
}

function consumedUnits(operation: string, status: number, output: Output, asked: Asked) {
  const kind = READS.has(operation) ? "readUnits" : "writeUnits";
  const refused = output.__type?.split("#").at(-1);
  const entry = (units: number, resource: string | undefined) => ({
    ...(resource ? { resource } : {}),
    units: { [kind]: units },
  });
  // "Condition expressions: a write whose condition fails consumes the units of the existing item, at least one."
  if (refused === "ConditionalCheckFailedException")
    return entry(Math.max(1, Math.ceil(itemBytes(output.Item) / 1024)), asked.TableName);
  if (status !== 200) return undefined;
  const consumed = [output.ConsumedCapacity ?? []].flat();
  const units = consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  return entry(units, asked.TableName ?? consumed[0]?.TableName);
}

/** A close estimate of an item's size: UTF-8 bytes of names and values ("DynamoDB item sizes and formats"). */
function itemBytes(item: Record<string, unknown> | undefined): number {
  if (!item) return 0;
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: unknown): number {
  const [type, content] = Object.entries(value as Record<string, unknown>)[0] ?? ["NULL", true];
  if (type === "S") return Buffer.byteLength(String(content));
  if (type === "N") return Math.ceil(String(content).replaceAll(/[-.]|^0+|0+$/g, "").length / 2) + 1;
  if (type === "B") return Buffer.byteLength(String(content), "base64");
  if (type === "M") return 3 + itemBytes(content as Record<string, unknown>);
  if (type === "L") return 3 + (content as unknown[]).reduce<number>((sum, one) => sum + 1 + valueBytes(one), 0);
  if (type === "SS" || type === "NS" || type === "BS") {
    return (content as string[]).reduce((sum, one) => sum + valueBytes({ [type.slice(0, 1)]: one }), 3);
  }
  return 1;
}

/** Removes from the answer what only the ledger asked for. */
function withoutUnasked(answered: Answer, output: Output, asked: Asked): Answer {
  const capacity = output.ConsumedCapacity !== undefined && !wantsCapacity(asked);
  const item =
    output.__type !== undefined && output.Item !== undefined && asked.ReturnValuesOnConditionCheckFailure !== "ALL_OLD";
  if (!capacity && !item) return answered;
  if (capacity) delete output.ConsumedCapacity;
  if (item) delete output.Item;
  const { "x-amz-crc32": _changed, ...headers } = answered.headers;
  return { ...answered, headers, body: Buffer.from(JSON.stringify(output)) };
}

function forward({ url, agent }: DynamoDbEngine, request: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { connection: _, "transfer-encoding": __, ...headers } = request.headers;
    const outgoing = httpRequest(url, {
      agent,
      method: request.method,
      path: request.url,
      headers: { ...headers, "content-length": body.length },
    });
    outgoing.once("error", reject);
    outgoing.once("response", async (incoming) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const kept: Record<string, string> = {};
        for (const name of ["content-type", "x-amzn-requestid", "x-amz-crc32"]) {
          const value = incoming.headers[name];
          if (typeof value === "string") kept[name] = value;
        }
        resolve({ status: incoming.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.end(body);
  });
}

/** The whole body, or undefined when it is larger than the service accepts. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function failure(status: number, type: string, message: string): Answer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: Buffer.from(JSON.stringify({ __type: type, message })),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.end(body);
}
