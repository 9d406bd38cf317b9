/** Step Functions for one test, behind a port. The test itself stands for functions and containers. */

import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from "@aws-sdk/client-sfn";
import { functionArn, stateMachineArn } from "../core/arns.ts";
import type { InvokeFunction, RunTask } from "../core/aws-service.ts";
import type { LedgerEntry } from "../core/ledger.ts";
import { STATE_MACHINE } from "../environment.ts";
import { createServicesFront } from "../front.ts";
import { createStepFunctions } from "../services/states/step-functions.ts";
import { type ManualClock, manualClock } from "./clock.ts";
import { CREDENTIALS } from "./s3.ts";
import { until } from "./until.ts";

const REGION = "us-east-1";
export const MACHINE_ARN = stateMachineArn(REGION, STATE_MACHINE);
export const lambda = (name: string): string => functionArn(REGION, name);

export type TestStates = {
  client: SFNClient;
  clock: ManualClock;
  ledger: LedgerEntry[];
  /** Ends the service at once, as kill -9 would, and starts another one on the same journal. */
  restart(options?: { definition?: object; downMs?: number }): Promise<void>;
  describe(executionArn: string): ReturnType<typeof describe>;
  /** Types of all events. */
  history(executionArn: string): Promise<string[]>;
  /** Resolves when the execution has ended. Time moves by a second whenever nothing else happens. */
  ended(executionArn: string, stepMs?: number): ReturnType<typeof describe>;
};

const describe = (client: SFNClient, executionArn: string) =>
  client.send(new DescribeExecutionCommand({ executionArn }));

export async function startTestStates(
  t: TestContext,
  options: { definition: object; invokeFunction?: InvokeFunction; runTask?: RunTask },
): Promise<TestStates> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-states-"));
  const ledger: LedgerEntry[] = [];
  const clock = manualClock();
  const open = async (definition: object) => {
    const service = createStepFunctions({
      file: join(folder, "states.sqlite"),
      definition,
      region: REGION,
      invokeFunction: options.invokeFunction ?? (async () => ({})),
      runTask: options.runTask ?? (async () => ({ Tasks: [], Failures: [] })),
      ledger: (entry) => void ledger.push(entry),
      onError: (message) => {
        throw new Error(message);
      },
      clock,
      random: () => 1,
    });
    const server = createServicesFront({ services: [service], credentials: CREDENTIALS, region: REGION });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = new SFNClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: REGION,
      credentials: CREDENTIALS,
      maxAttempts: 1,
    });
    service.resume();
    return { service, server, client };
  };
  const close = async (): Promise<void> => {
    running.client.destroy();
    running.server.closeAllConnections();
    running.server.close();
    await running.service.close();
  };
  let running = await open(options.definition);
  t.after(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    get client() {
      return running.client;
    },
    clock,
    ledger,
    async restart({ definition = options.definition, downMs = 0 } = {}) {
      await close();
      clock.advance(downMs);
      running = await open(definition);
    },
    describe: (executionArn) => describe(running.client, executionArn),
    async history(executionArn) {
      const types: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await running.client.send(
          new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(nextToken ? { nextToken } : {}) }),
        );
        types.push(...(page.events ?? []).map(({ type = "" }) => type as string));
        nextToken = page.nextToken;
      } while (nextToken);
      return types;
    },
    async ended(executionArn, stepMs = 1000) {
      await until("the execution to end", async () => {
        const { status } = await describe(running.client, executionArn);
        if (status !== "RUNNING") return true;
        clock.advance(stepMs);
        return false;
      });
      return describe(running.client, executionArn);
    },
  };
}
