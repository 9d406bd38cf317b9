/** Lambda, with the deployed functions other than the web's. */
import { join } from "node:path";
import { openLogFile } from "../../core/log-file.ts";
import { ASYNC_RETRIES, functionList } from "../../declaration.ts";
import { functionVariables, REDRIVE_MAPPING } from "../../environment.ts";
import { roleVariables } from "../../roles.ts";
import type { LocalCloud, Web } from "../../service.ts";
import * as sqs from "../sqs/index.ts";
import { createLambda } from "./api.ts";
import { createAsyncQueue } from "./async-queue.ts";
import { createEventSource } from "./event-source.ts";
import { createFunctions, invokerOf } from "./functions.ts";

export async function open({ environment, web, ledger, say, isolation, use }: LocalCloud) {
  const { home, region, idleMs, inspect, asyncRetryMs, s3 } = environment;
  const { failed, setAside } = await use(sqs);
  const file = (name: string): string => join(home, "data", "events", `${name}.sqlite`);
  const logs = new Map<string, ReturnType<typeof openLogFile>>();
  const shutIn = isolation(s3.port);
  const functions = createFunctions({
    bundles: web && bundlesOf(web),
    declarations: functionList,
    environment: functionVariables(environment),
    own: (name) => roleVariables(environment, name),
    ...(shutIn ? { isolation: shutIn } : {}),
    region,
    idleMs,
    inspect,
    ledger,
    log(name, stream, line) {
      const write = logs.get(name) ?? openLogFile(join(home, "logs", `${name}.log`));
      logs.set(name, write);
      write(stream, line);
      if (stream === "stderr") say(`${name}: ${line}`);
    },
  });
  if (web && "onChange" in web) web.onChange(() => functions.renew());
  const queue = createAsyncQueue({
    file: file("lambda"),
    functions,
    region,
    retries: ASYNC_RETRIES,
    retryMs: asyncRetryMs,
    onFailure: setAside,
    onError: say,
  });
  const redrive = createEventSource({
    file: file("mappings"),
    uuid: REDRIVE_MAPPING,
    region,
    queue: failed,
    functionName: "redrive",
    functions,
    onError: say,
  });
  return {
    ...createLambda({ functions, queue, sources: [redrive] }),
    functions,
    queue,
    /** Invokes a function for another service. */
    invoke: invokerOf(functions),
    /** Accepts another service's events for a function; undefined if the function is not deployed. */
    listener: (name: string): ((event: object) => void) | undefined =>
      functions.names.includes(name) ? (event) => void queue.accept(name, JSON.stringify(event)) : undefined,
    status: () => [...functions.status(), queue.status()],
    start() {
      queue.start();
      redrive.start();
    },
    async close() {
      queue.close();
      redrive.close();
      await functions.close();
    },
  };
}

const bundlesOf = (web: Web): string => ("functions" in web ? web.functions : join(web.deployment, "functions"));
