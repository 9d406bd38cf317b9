import { functionArn } from "../../core/arns.ts";
import { WORKFLOW_FUNCTIONS, WORKFLOW_TASKS, workflowDefinition } from "../../declaration.ts";
import { clusterArn, taskDefinitionArn } from "../ecs/api.ts";

/** The delivery workflow's definition with local resource names; without `heartbeatSeconds`, with AWS's heartbeat. */
export function localDefinition(region: string, heartbeatSeconds?: number): object {
  const named = <Name extends string, T>(names: readonly Name[], value: (name: Name) => T): Record<Name, T> =>
    // Guarantee: there is an entry for each of the names.
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, T>;
  const resources = {
    functions: named(WORKFLOW_FUNCTIONS, (name) => functionArn(region, name)),
    cluster: clusterArn(region),
    network: { subnets: ["subnet-00000000000000000"], securityGroups: ["sg-00000000000000000"] },
    tasks: named(WORKFLOW_TASKS, (name) => ({ definition: taskDefinitionArn(region, name), container: name })),
  };
  return workflowDefinition(resources, heartbeatSeconds);
}
