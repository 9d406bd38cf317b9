/** The operations of ECS's API that start and describe Fargate tasks, with the service's own errors. */
import { z } from "zod";
import { ACCOUNT } from "../../core/arns.ts";
import { ServiceError } from "../../core/aws-service.ts";
import type { TaskDeclaration } from "../../declaration.ts";
import type { Task, Tasks } from "./tasks.ts";

export const CLUSTER = "dormouse-local";

export type EcsApiOptions = { tasks: Tasks; declarations: Record<string, TaskDeclaration>; region: string };
export type EcsOperations = Record<"RunTask" | "DescribeTasks" | "StopTask" | "ListTasks", (input: object) => object>;

/** "The total size of a task's overrides is limited to 8192 characters." */
const MAX_OVERRIDES = 8192;
const MAX_COUNT = 10;

const Overrides = z.strictObject({
  containerOverrides: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        environment: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
      }),
    )
    .max(1)
    .optional(),
});
/** Fields that would have no effect are refused. */
const RunTaskInput = z.strictObject({
  cluster: z.string().optional(),
  taskDefinition: z.string(),
  launchType: z.literal("FARGATE").optional(),
  count: z.number().int().min(1).max(MAX_COUNT).optional(),
  overrides: Overrides.optional(),
  startedBy: z.string().max(128).optional(),
  /** The SDK sends one; its retries send the same. */
  clientToken: z.string().max(64).optional(),
  group: z.string().optional(),
  enableExecuteCommand: z.literal(false).optional(),
  platformVersion: z.string().optional(),
  propagateTags: z.string().optional(),
  networkConfiguration: z.unknown().optional(),
});
const TaskInput = z.object({ cluster: z.string().optional(), task: z.string(), reason: z.string().optional() });
const DescribeInput = z.object({ cluster: z.string().optional(), tasks: z.array(z.string()).max(100) });
const ListInput = z.object({
  cluster: z.string().optional(),
  family: z.string().optional(),
  startedBy: z.string().optional(),
  desiredStatus: z.enum(["RUNNING", "PENDING", "STOPPED"]).optional(),
});

const arn = (region: string, rest: string): string => `arn:aws:ecs:${region}:${ACCOUNT}:${rest}`;
export const clusterArn = (region: string): string => arn(region, `cluster/${CLUSTER}`);
export const taskDefinitionArn = (region: string, name: string): string => arn(region, `task-definition/${name}:1`);

export function ecsOperations({ tasks, declarations, region }: EcsApiOptions): EcsOperations {
  const taskArn = ({ id }: Task): string => arn(region, `task/${CLUSTER}/${id}`);

  function requireCluster(cluster = "default"): void {
    if (cluster !== CLUSTER && cluster !== clusterArn(region))
      throw new ServiceError("ClusterNotFoundException", "Cluster not found.");
  }

  /** The task definition's name, out of a family, a family with its revision, or an ARN. */
  function definitionName(given: string): string {
    const [, name = "", revision = "1"] = /^(?:.*:task-definition\/)?([\w-]+)(?::(\d+))?$/.exec(given) ?? [];
    if (!Object.hasOwn(declarations, name) || revision !== "1")
      throw new ServiceError("ClientException", "TaskDefinition not found.");
    return name;
  }

  const idOf = (given: string): string => given.slice(given.lastIndexOf("/") + 1);

  function describe(task: Task): object {
    const { id, name, stoppedAt, stoppingAt, exitCode, reason, stopCode, stoppedReason } = task;
    const lastStatus =
      stoppedAt !== undefined
        ? "STOPPED"
        : stoppingAt !== undefined
          ? "STOPPING"
          : task.startedAt === undefined
            ? "PROVISIONING"
            : "RUNNING";
    const declaration = declarations[name];
    const shape = { cpu: String(declaration?.cpu ?? 0), memory: String(declaration?.memoryMb ?? 0) };
    return {
      taskArn: taskArn(task),
      clusterArn: clusterArn(region),
      taskDefinitionArn: taskDefinitionArn(region, name),
      group: task.group,
      ...(task.startedBy === undefined ? {} : { startedBy: task.startedBy }),
      ...shape,
      launchType: "FARGATE",
      platformFamily: "Linux",
      overrides: task.overrides,
      lastStatus,
      desiredStatus: stoppingAt === undefined ? "RUNNING" : "STOPPED",
      connectivity: "CONNECTED",
      createdAt: task.createdAt / 1000,
      ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt / 1000 }),
      ...(stoppingAt === undefined ? {} : { stoppingAt: stoppingAt / 1000 }),
      ...(stoppedAt === undefined ? {} : { stoppedAt: stoppedAt / 1000, stopCode, stoppedReason }),
      containers: [
        {
          containerArn: arn(region, `container/${CLUSTER}/${id}/${name}`),
          taskArn: taskArn(task),
          name,
          lastStatus: lastStatus === "STOPPED" ? "STOPPED" : task.startedAt === undefined ? "PENDING" : "RUNNING",
          ...(exitCode === undefined ? {} : { exitCode }),
          ...(reason === undefined ? {} : { reason }),
          ...shape,
        },
      ],
      attachments: [],
      tags: [],
      version: 1,
    };
  }

  return {
    RunTask(given) {
      const input = parse(RunTaskInput, given);
      requireCluster(input.cluster);
      const name = definitionName(input.taskDefinition);
      const overrides = input.overrides ?? {};
      if (JSON.stringify(overrides).length > MAX_OVERRIDES)
        throw new ServiceError(
          "InvalidParameterException",
          `Container Overrides length must be at most ${MAX_OVERRIDES}`,
        );
      const [container] = overrides.containerOverrides ?? [];
      if (container && container.name !== name)
        throw new ServiceError(
          "InvalidParameterException",
          "Override for container named ".concat(container.name ?? "", " is not a container in the TaskDefinition."),
        );
      const variables = Object.fromEntries((container?.environment ?? []).map((one) => [one.name, one.value]));
      const group = input.group ?? `family:${name}`;
      const { startedBy, clientToken } = input;
      const more = {
        ...(startedBy === undefined ? {} : { startedBy }),
        ...(clientToken === undefined ? {} : { clientToken }),
      };
      const known = clientToken === undefined ? [] : tasks.withClientToken(clientToken);
      const started =
        known.length > 0
          ? known
          : Array.from({ length: input.count ?? 1 }, () => tasks.start({ name, group, overrides, ...more }, variables));
      return { tasks: started.map(describe), failures: [] };
    },

    DescribeTasks(given) {
      const input = parse(DescribeInput, given);
      requireCluster(input.cluster);
      const found = input.tasks.map((one) => [one, tasks.find(idOf(one))] as const);
      return {
        tasks: found.flatMap(([, task]) => (task ? describe(task) : [])),
        failures: found.flatMap(([one, task]) =>
          task ? [] : { arn: one.startsWith("arn:") ? one : arn(region, `task/${CLUSTER}/${one}`), reason: "MISSING" },
        ),
      };
    },

    StopTask(given) {
      const input = parse(TaskInput, given);
      requireCluster(input.cluster);
      const task = tasks.find(idOf(input.task));
      if (!task) throw new ServiceError("InvalidParameterException", "The referenced task was not found.");
      tasks.stop(task.id, input.reason ?? "Task stopped by user");
      return { task: describe(tasks.find(task.id) ?? task) };
    },

    ListTasks(given) {
      const { cluster, family, startedBy, desiredStatus = "RUNNING" } = parse(ListInput, given);
      requireCluster(cluster);
      const listed = tasks
        .list(desiredStatus !== "STOPPED")
        .filter((task) => (family ?? task.name) === task.name && (startedBy ?? task.startedBy) === task.startedBy);
      return { taskArns: listed.map(taskArn) };
    },
  };
}

function parse<T>(schema: z.ZodType<T>, input: object): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ServiceError("InvalidParameterException", z.prettifyError(parsed.error));
}
