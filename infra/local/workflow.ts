/** The delivery workflow on this machine: its state machine, and the containers that it starts. */
import { join } from "node:path";
import { WORKFLOW_FUNCTIONS, WORKFLOW_TASKS, workflowDefinition } from "../../lib/workflow/definition.ts";
import { taskList } from "../function-list.ts";
import { functionArn } from "./core/arns.ts";
import type { AwsService, InvokeFunction } from "./core/aws-service.ts";
import type { Isolation } from "./core/isolation.ts";
import { openLedger } from "./core/ledger.ts";
import { openLogFile } from "./core/log-file.ts";
import { type Environment, functionVariables } from "./environment.ts";
import { roleVariables } from "./roles.ts";
import { clusterArn, taskDefinitionArn } from "./services/ecs/api.ts";
import { createEcs } from "./services/ecs/index.ts";
import { createStepFunctions } from "./services/states/index.ts";

export type Workflow = {
  services: AwsService[];
  /** Goes on with what an earlier router left; to be called when the endpoints can be reached. */
  start(): void;
  /** To be called before functions are ended, whose end would count as their failure. */
  close(): Promise<void>;
};

export function createWorkflow(
  project: string,
  environment: Environment,
  invokeFunction: InvokeFunction,
  isolation: Isolation | undefined,
  onError: (message: string) => void,
): Workflow {
  const { home, region } = environment;
  const ledger = openLedger(join(home, "ledger"));
  const write = openLogFile(join(home, "logs", "tasks.log"));
  const ecs = createEcs({
    file: join(home, "data", "workflow", "tasks.sqlite"),
    project,
    declarations: taskList,
    environment: functionVariables(environment),
    own: (task) => roleVariables(environment, task),
    ...(isolation ? { isolation } : {}),
    region,
    ledger,
    log: write,
  });
  const states = createStepFunctions({
    file: join(home, "data", "workflow", "states.sqlite"),
    definition: localDefinition(region, LOCAL_HEARTBEAT_SECONDS),
    region,
    invokeFunction,
    runTask: ecs.runTask,
    ledger,
    onError,
  });
  return {
    services: [states, ecs],
    start: states.resume,
    async close() {
      await states.close();
      await ecs.close();
    },
  };
}

/** Here containers start at once, so that one that has died is missed sooner than on AWS. */
const LOCAL_HEARTBEAT_SECONDS = 120;

/** The definition with the names that things have here; without `heartbeatSeconds`, with those of AWS. */
export function localDefinition(region: string, heartbeatSeconds?: number): object {
  const named = <Name extends string, T>(names: readonly Name[], value: (name: Name) => T): Record<Name, T> =>
    // An entry for each of the names.
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, T>;
  const resources = {
    functions: named(WORKFLOW_FUNCTIONS, (name) => functionArn(region, name)),
    cluster: clusterArn(region),
    network: { subnets: ["subnet-00000000000000000"], securityGroups: ["sg-00000000000000000"] },
    tasks: named(WORKFLOW_TASKS, (name) => ({ definition: taskDefinitionArn(region, name), container: name })),
  };
  return workflowDefinition(resources, heartbeatSeconds);
}
