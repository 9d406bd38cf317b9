/**
 * Step Functions and ECS in a process of their own, so that a test can kill it. Functions record that they were called,
 * and hang as long as there is a file `<name>.hangs` in the test's folder.
 */

import { appendFileSync, existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TaskDeclaration } from "../../function-list.ts";
import { functionName } from "../core/arns.ts";
import { openLedger } from "../core/ledger.ts";
import { createServicesFront } from "../front.ts";
import { createEcs } from "../services/ecs/ecs.ts";
import { createStepFunctions } from "../services/states/step-functions.ts";
import { CREDENTIALS } from "./s3.ts";

export type StatesMainConfig = {
  folder: string;
  port: number;
  project: string;
  region: string;
  definition: object;
  tasks: Record<string, TaskDeclaration>;
};

const { folder, port, project, region, definition, tasks } = JSON.parse(
  process.env.TEST_STATES ?? "{}",
) as StatesMainConfig;
const ledger = openLedger(join(folder, "ledger"));
const ecs = createEcs({
  file: join(folder, "tasks.sqlite"),
  project,
  declarations: tasks,
  environment: { PATH: process.env.PATH ?? "", TEST_FOLDER: folder, TEST_ENDPOINT: `http://127.0.0.1:${port}` },
  region,
  ledger,
  log: (task, line) => console.error(`${task}: ${line}`),
});
const states = createStepFunctions({
  file: join(folder, "states.sqlite"),
  definition,
  region,
  runTask: ecs.runTask,
  ledger,
  async invokeFunction(arn, payload) {
    const name = functionName(arn);
    appendFileSync(join(folder, "calls.jsonl"), `${JSON.stringify([name, payload])}\n`);
    while (existsSync(join(folder, `${name}.hangs`))) await delay(5);
    return payload;
  },
});
const server = createServicesFront({ services: [states, ecs], credentials: CREDENTIALS, region });
await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
states.resume();
process.once("disconnect", () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port });
