/** DynamoDB: the table, and the function that reads its stream. */

import { join } from "node:path";
import { openLogFile } from "../../core/log-file.ts";
import { whyUnconfined } from "../../core/namespace.ts";
import { createEngine } from "../../core/supervisor.ts";
import { STREAM_RETRIES, streamFilter } from "../../declaration.ts";
import { TABLE_NAME } from "../../environment.ts";
import { callersOf } from "../../roles.ts";
import type { LocalCloud } from "../../service.ts";
import * as lambda from "../lambda/index.ts";
import * as sqs from "../sqs/index.ts";
import { databaseFile } from "./dynoxide-file.ts";
import { findDynoxide, startDynamoDb } from "./engine.ts";
import { createDynamoDbFront } from "./front.ts";
import { createStreamReader } from "./stream.ts";

export { prepareForeignTable as prepareElsewhere } from "./foreign-table.ts";

const STREAM_RETRY_MS = 1000;

export async function open({ project, environment, ledger, say, use }: LocalCloud) {
  const { home, region, idleMs, dynamodb } = environment;
  const { setAside } = await use(sqs);
  const { functions } = await use(lambda);
  const stream = functions.names.includes("changes")
    ? createStreamReader({
        file: join(home, "data", "events", "stream.sqlite"),
        tableFile: databaseFile(home),
        tableName: TABLE_NAME,
        region,
        functionName: "changes",
        functions,
        filter: streamFilter,
        retries: STREAM_RETRIES,
        retryMs: STREAM_RETRY_MS,
        onFailure: setAside,
        onError: say,
      })
    : undefined;
  const onWrite = (): void => stream?.wake();
  const file = openLogFile(join(home, "logs", "dynamodb.log"));
  const options = {
    program: findDynoxide(project),
    file: databaseFile(home),
    pidFile: join(home, "run", "dynamodb.pid"),
    tableName: TABLE_NAME,
    log: (line: string) => file("dynamodb", line),
  };
  const engine = createEngine({
    name: "dynamodb",
    idleMs,
    start: async () => startDynamoDb({ ...options, isolated: (await whyUnconfined()) === undefined }),
    // At its start the engine deletes what is due by TTL, which writes to the stream as well.
    onEvent: (event) => (event === "awake" ? onWrite() : undefined),
  });
  const server = createDynamoDbFront({
    engine,
    credentials: callersOf(environment),
    region,
    ledger,
    onWrite,
    onError: say,
  });
  return {
    ports: [{ port: dynamodb.port, server }],
    status: () => [engine.status(), ...(stream ? [stream.status()] : [])],
    start: onWrite,
    async close() {
      await Promise.all([stream?.close(), engine.close()]);
    },
  };
}
