/** Rules of the delivery workflow: what starts its functions, what its state machine and containers are allowed. */
import aslValidator from "asl-validator";
import { ASYNC_RETRIES, STREAM_RETRIES, streamFilter, taskList } from "../function-list.ts";
import { DROPPED, ENTRY } from "../tasks/conductor.ts";
import type { Calls } from "./calls.ts";
import type { Resource, Stack } from "./evaluate.ts";
import { LINKS } from "./links.ts";
import { functionsOf, inlineStatements, input, list, ofKind, rolesOf, type Statement, text } from "./reading.ts";

const verdicts = new Map<string, string | undefined>();

/** What is wrong with a definition in the Amazon States Language, as JSON. The validator compiles its schemas at each call. */
function whyInvalid(definition: string): string | undefined {
  if (!verdicts.has(definition)) {
    const validated = aslValidator(JSON.parse(definition));
    verdicts.set(definition, validated.isValid ? undefined : validated.errorsText());
  }
  return verdicts.get(definition);
}

const DAY_SECONDS = 24 * 3600;
/** As Lambda asks of a queue that it reads. */
const VISIBILITY_TIMEOUTS = 6;
const MAX_EVENT_AGE_SECONDS = 6 * 3600;

const namesOf = (stack: Stack, kind: string): string[] =>
  ofKind(stack, kind).map((one) => text(one, "name") || one.name);
const fault = (holds: boolean, says: string): string[] => (holds ? [] : [says]);
const titleOf = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** The last part of an ARN: what the thing is called. */
const nameIn = (arn: string): string => arn.split(/[:/]/).at(-1) ?? "";

type State = {
  Resource?: string;
  States?: Record<string, State>;
  ItemProcessor?: { States: Record<string, State> };
  Parameters?: {
    Cluster: string;
    TaskDefinition: string;
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: string[]; SecurityGroups: string[] } };
    Overrides: { ContainerOverrides: { Name: string }[] };
  };
};

/** All states of a definition, those inside of maps, too. */
const statesOf = (states: Record<string, State>): State[] =>
  Object.values(states).flatMap((state) => [state, ...statesOf(state.ItemProcessor?.States ?? {})]);

const containersOf = (task: Resource) =>
  JSON.parse(text(task, "containerDefinitions") || "[]") as {
    name: string;
    image: string;
    user?: string;
    entryPoint?: string[];
    privileged?: boolean;
    readonlyRootFilesystem?: boolean;
    portMappings?: unknown[];
    mountPoints?: { sourceVolume: string; containerPath: string }[];
    linuxParameters?: { capabilities?: { add?: string[]; drop?: string[] } };
    logConfiguration?: { options: Record<string, string> };
    environment: { name: string; value: string }[];
  }[];

const resourcesFor = (role: Resource | undefined, action: string): string[] =>
  (role ? inlineStatements(role) : [])
    .filter(({ Action }) => list(Action).includes(action))
    .flatMap(({ Resource }) => list(Resource));

const sameNames = (some: string[], others: string[]): boolean =>
  JSON.stringify([...new Set(some)].sort()) === JSON.stringify([...new Set(others)].sort());

export const DELIVERY_RULES: Record<string, (stack: Stack, calls: Calls) => string[]> = {
  "what is called asynchronously is tried again, and kept when that was in vain": (stack) => {
    const queues = namesOf(stack, "sqs/queue:Queue");
    const called = [
      ...ofKind(stack, "BucketNotification").flatMap((one) =>
        list(input(one, "lambdaFunctions") as { lambdaFunctionArn: string }[]).map((to) => to.lambdaFunctionArn),
      ),
      ...rolesOf(stack)
        .filter(({ name }) => name.endsWith("ScheduleRole"))
        .flatMap((role) => resourcesFor(role, "lambda:InvokeFunction")),
      ...ofKind(stack, "EventTarget")
        .map((one) => text(one, "arn"))
        .filter((arn) => arn.includes(":lambda:")),
    ].map(nameIn);
    return [
      ...["objects", "deadlines", "sweep"]
        .filter((name) => !called.some((one) => one.endsWith(`-${name}`)))
        .map((name) => `Nothing calls ${name}.`),
      ...called.flatMap((name) => {
        const config = ofKind(stack, "FunctionEventInvokeConfig").find((one) => text(one, "functionName") === name);
        if (!config) return [`What ${name} fails at is lost.`];
        const age = Number(input(config, "maximumEventAgeInSeconds"));
        return [
          ...fault(
            queues.some((queue) => text(config, "destinationConfig.onFailure.destination").endsWith(`:${queue}`)),
            `What ${name} fails at is lost.`,
          ),
          ...fault(input(config, "maximumRetryAttempts") === ASYNC_RETRIES, `${name} is not tried again as declared.`),
          ...fault(age > 0 && age <= MAX_EVENT_AGE_SECONDS, `${name} is called long after the event.`),
        ];
      }),
    ];
  },

  "every new object of the uploads calls `objects`": (stack) =>
    fault(
      ofKind(stack, "BucketNotification").some(
        (one) =>
          /upload/i.test(text(one, "bucket")) &&
          list(input(one, "lambdaFunctions") as { events: string[]; filterPrefix?: string }[]).some(
            ({ events, filterPrefix }) => events.includes("s3:ObjectCreated:*") && !filterPrefix,
          ),
      ),
      "Files arrive, and nobody is told.",
    ),

  "changes of transfers are read from the table's stream, and kept when they fail": (stack) => {
    const [mapping] = ofKind(stack, "EventSourceMapping").filter((one) => /stream/.test(text(one, "eventSourceArn")));
    if (!mapping) return ["Nobody reads the table's stream."];
    const patterns = list(input(mapping, "filterCriteria.filters") as { pattern: string }[]);
    return [
      ...fault(
        JSON.stringify(patterns.map(({ pattern }) => JSON.parse(pattern))) === JSON.stringify(streamFilter),
        "The stream's filter is another than the local cloud's.",
      ),
      ...fault(patterns.length > 0 && patterns.length <= 5, "Lambda takes five filters at most."),
      ...fault(input(mapping, "maximumRetryAttempts") === STREAM_RETRIES, "A record is not tried again as declared."),
      ...fault(input(mapping, "bisectBatchOnFunctionError") === true, "One bad record spoils a batch."),
      ...fault(
        list(input(mapping, "functionResponseTypes") as string[]).includes("ReportBatchItemFailures"),
        "What a batch reports as failed is taken for done.",
      ),
      ...fault(text(mapping, "destinationConfig.onFailure.destinationArn") !== "", "Records that fail are lost."),
      ...fault(input(mapping, "startingPosition") === "TRIM_HORIZON", "What happens while it is made is missed."),
    ];
  },

  "no queue is polled at rest, by a deployment either; none outruns its function or forgets early": (stack) => [
    ...ofKind(stack, "EventSourceMapping")
      .filter((mapping) => /:sqs:/.test(text(mapping, "eventSourceArn")))
      .flatMap((mapping) => [
        ...fault(input(mapping, "enabled") === false, `${mapping.name} polls its queue while nobody calls.`),
        ...fault(
          mapping.ignoreChanges?.includes("enabled") ?? false,
          `A deployment switches ${mapping.name} off in the middle of its work.`,
        ),
        ...fault(
          list(input(mapping, "functionResponseTypes") as string[]).includes("ReportBatchItemFailures"),
          `${mapping.name} does a whole batch again for one message.`,
        ),
      ]),
    ...ofKind(stack, "sqs/queue:Queue").flatMap((queue) => {
      const failed = /DeadLetter|Failed/.test(queue.name);
      const readers = ofKind(stack, "EventSourceMapping")
        .filter((one) => text(one, "eventSourceArn").endsWith(`:${text(queue, "name") || queue.name}`))
        .map((one) => text(one, "functionName"));
      const longest = Math.max(
        0,
        ...functionsOf(stack)
          .filter((one) => readers.length === 0 || readers.includes(text(one, "name")))
          .map((one) => Number(input(one, "timeout"))),
      );
      return [
        ...fault(failed || input(queue, "redrivePolicy") !== undefined, `${queue.name} has no dead-letter queue.`),
        ...fault(
          Number(input(queue, "visibilityTimeoutSeconds")) >= VISIBILITY_TIMEOUTS * longest,
          `${queue.name} hands a message out again while it is worked on.`,
        ),
        ...fault(input(queue, "sqsManagedSseEnabled") === true, `${queue.name} is not encrypted.`),
        ...fault(
          !failed || input(queue, "messageRetentionSeconds") === 14 * DAY_SECONDS,
          `${queue.name} forgets before two weeks are over.`,
        ),
      ];
    }),
  ],

  "the network lets nothing in, and HTTPS out; nothing of it costs by the hour": (stack) => [
    ...["SecurityGroup", "DefaultSecurityGroup"].flatMap((kind) =>
      ofKind(stack, kind).flatMap((group) => [
        ...fault(list(input(group, "ingress") as unknown[]).length === 0, `${group.name} lets something in.`),
        ...list(input(group, "egress") as { fromPort: number; toPort: number; protocol: string }[])
          .filter(({ fromPort, toPort, protocol }) => fromPort !== 443 || toPort !== 443 || protocol !== "tcp")
          .map(() => `${group.name} lets out more than HTTPS.`),
      ]),
    ),
    ...[...ofKind(stack, "SecurityGroupRule"), ...ofKind(stack, "SecurityGroupIngressRule")]
      .filter((rule) => !rule.type.endsWith(":SecurityGroupRule") || input(rule, "type") === "ingress")
      .map(({ name }) => `${name} lets something in.`),
    ...["NatGateway", "Eip", "ec2/instance:Instance"]
      .flatMap((kind) => ofKind(stack, kind))
      .map(({ name }) => `${name} costs by the hour.`),
    ...ofKind(stack, "VpcEndpoint")
      .filter((one) => input(one, "vpcEndpointType") !== "Gateway")
      .map(({ name }) => `${name} costs by the hour.`),
    ...[...Map.groupBy(ofKind(stack, "Subnet"), ({ name }) => name.replace(/\d+$/, ""))]
      .filter(([, subnets]) => new Set(subnets.map((one) => text(one, "availabilityZone"))).size < 2)
      .map(([name]) => `The subnets ${name} are in one zone only.`),
    ...ofKind(stack, "ecs/cluster:Cluster")
      .filter((cluster) => text(cluster, "settings.0.value") !== "disabled")
      .map(({ name }) => `${name} sends metrics that are billed.`),
  ],

  "containers run as nobody, write to their volume alone, and keep their logs for a while": (stack) => {
    const tasks = ofKind(stack, "TaskDefinition");
    const repositories = namesOf(stack, "ecr/repository:Repository");
    const groups = ofKind(stack, "LogGroup").map((one) => text(one, "name"));
    return [
      ...Object.keys(taskList)
        .filter((name) => !tasks.some((task) => task.name === `${titleOf(name)}TaskTask`))
        .map((name) => `There is no container ${name}.`),
      ...tasks.flatMap((task) => {
        const [declared] = Object.entries(taskList).filter(([name]) => task.name === `${titleOf(name)}TaskTask`);
        const [container, ...others] = containersOf(task);
        if (!declared || !container || others.length > 0) return [`${task.name} is not declared.`];
        const sized =
          Number(input(task, "cpu")) === declared[1].cpu && Number(input(task, "memory")) === declared[1].memoryMb;
        const entry = JSON.stringify(container.entryPoint);
        return [
          ...fault(sized, `${task.name} is not sized as declared.`),
          ...fault(entry === JSON.stringify(ENTRY), `${task.name} runs as root.`),
          ...fault(container.user === "0:0", `${task.name} can't become who it is to be.`),
          ...fault(container.readonlyRootFilesystem === true, `${task.name} can change its own programs.`),
          ...fault(
            JSON.stringify(container.mountPoints?.map((one) => one.containerPath)) === '["/tmp"]' &&
              text(task, "volumes.0.name") === container.mountPoints?.[0]?.sourceVolume,
            `${task.name} has nowhere to write to, or more than one place.`,
          ),
          ...fault(
            !container.privileged &&
              sameNames(list(container.linuxParameters?.capabilities?.drop), [...DROPPED]) &&
              list(container.linuxParameters?.capabilities?.add).length === 0,
            `${task.name} has rights of the machine.`,
          ),
          ...fault(list(container.portMappings).length === 0, `${task.name} listens.`),
          ...fault(text(task, "runtimePlatform.cpuArchitecture") === "ARM64", `${task.name} is not on arm64.`),
          ...fault(
            JSON.stringify(input(task, "requiresCompatibilities")) === '["FARGATE"]' &&
              input(task, "networkMode") === "awsvpc",
            `${task.name} needs a server.`,
          ),
          ...fault(
            repositories.some((name) => new RegExp(`/${name}@sha256:\\S+$`).test(container.image)),
            `${task.name} starts an image that may change or is not ours.`,
          ),
          ...fault(
            groups.includes(container.logConfiguration?.options["awslogs-group"] ?? ""),
            `${task.name} logs to a group that nobody looks after.`,
          ),
        ];
      }),
    ];
  },

  "the state machine is sound, and may start what its definition names and nothing else": (stack) => {
    const machines = ofKind(stack, "StateMachine");
    if (machines.length !== 1) return [`There are ${machines.length} state machines.`];
    return machines.flatMap((machine) => {
      const definition = JSON.parse(text(machine, "definition")) as { States: Record<string, State> };
      const invalid = whyInvalid(text(machine, "definition"));
      const states = statesOf(definition.States);
      const functions = states.map(({ Resource = "" }) => Resource).filter((arn) => arn.startsWith("arn:aws:lambda:"));
      const runs = states.filter(({ Resource = "" }) => Resource.includes(":::ecs:runTask"));
      const families = runs.map(({ Parameters }) => Parameters?.TaskDefinition ?? "");
      const role = rolesOf(stack).find((one) => text(machine, "roleArn").endsWith(`/${text(one, "name") || one.name}`));
      const known = functionsOf(stack).map((one) => text(one, "name"));
      const tasks = ofKind(stack, "TaskDefinition");
      const passed = tasks
        .filter((task) => families.includes(text(task, "family")))
        .flatMap((task) => [text(task, "taskRoleArn"), text(task, "executionRoleArn")]);
      const groups = ofKind(stack, "LogGroup").map((group) => text(group, "namePrefix"));
      return [
        ...fault(invalid === undefined, `The definition is not valid: ${invalid}`),
        ...functions.filter((arn) => !known.includes(nameIn(arn))).map((arn) => `There is no function ${arn}.`),
        ...fault(
          sameNames(functions, resourcesFor(role, "lambda:InvokeFunction")),
          "The state machine may call other functions than its definition names.",
        ),
        ...fault(
          sameNames(
            families,
            resourcesFor(role, "ecs:RunTask").map((arn) => nameIn(arn.replace(/:\*$/, ""))),
          ),
          "The state machine may run other containers than its definition names.",
        ),
        ...fault(
          sameNames(passed, resourcesFor(role, "iam:PassRole")),
          "The state machine may hand on other roles than those of its containers.",
        ),
        ...runs.flatMap(({ Parameters }) => {
          const task = tasks.find((one) => text(one, "family") === Parameters?.TaskDefinition);
          const { Subnets = [], SecurityGroups = [] } = Parameters?.NetworkConfiguration.AwsvpcConfiguration ?? {};
          return [
            ...fault(
              task !== undefined && containersOf(task)[0]?.name === Parameters?.Overrides.ContainerOverrides[0]?.Name,
              `There is no container as ${Parameters?.TaskDefinition} is started.`,
            ),
            ...fault(Subnets.length >= 2 && SecurityGroups.length === 1, "A container is started without its network."),
          ];
        }),
        ...inlineForCluster(role, "ecs:RunTask"),
        ...fault(input(machine, "type") === "STANDARD", "The state machine forgets after five minutes."),
        ...fault(
          input(machine, "loggingConfiguration.level") === "ERROR" &&
            input(machine, "loggingConfiguration.includeExecutionData") === false,
          "The state machine logs more than errors.",
        ),
        ...fault(
          groups.some((prefix) => prefix && text(machine, "loggingConfiguration.logDestination").includes(prefix)),
          "The state machine logs to a group that nobody looks after.",
        ),
        ...fault(input(machine, "tracingConfiguration.enabled") === false, "Traces are billed."),
      ];
    });
  },

  "what recurs is started, at an hour of its own": (stack) => {
    const schedules = ofKind(stack, "scheduler/schedule:Schedule");
    const targets = schedules.map(
      (one) => `${text(one, "target.arn")} ${text(one, "target.ecsParameters.taskDefinitionArn")}`,
    );
    return [
      ...["sweep", "signatures"]
        .filter((name) => !targets.some((target) => target.includes(`-${name}`)))
        .map((name) => `Nothing starts ${name}.`),
      ...schedules
        .filter((one) => !(Number(input(one, "flexibleTimeWindow.maximumWindowInMinutes")) >= 15))
        .map(({ name }) => `${name} starts at the same minute everywhere.`),
      ...schedules
        .filter((one) => !text(one, "target.deadLetterConfig.arn"))
        .map(({ name }) => `What ${name} could not start is lost.`),
    ];
  },

  "links have the names and values that the code reads": (stack, calls) => {
    const site = ofKind(stack, "local:Command").map((one) => input(one, "environment") as Record<string, string>);
    const linkedTo: [program: string, links: Record<string, string[]>][] = [
      ...site.map((environment): [string, Record<string, string[]>] => [
        "WebServer",
        Object.fromEntries(
          Object.entries(environment)
            .filter(([name, value]) => name.startsWith("SST_RESOURCE_") && value !== undefined)
            .map(([name, value]) => [name.slice("SST_RESOURCE_".length), value.split(",")]),
        ),
      ]),
      ...Object.entries(stack.builds).map(([name, { links }]): [string, Record<string, string[]>] => [name, links]),
      ...ofKind(stack, "TaskDefinition").map((task): [string, Record<string, string[]>] => [
        task.name,
        Object.fromEntries(
          containersOf(task)
            .flatMap(({ environment }) => environment)
            .map(({ name, value }) => [name.slice("SST_RESOURCE_".length), Object.keys(JSON.parse(value) as object)]),
        ),
      ]),
    ];
    const given = (program: string) => linkedTo.find(([name]) => name === program)?.[1] ?? {};
    return [
      ...linkedTo.flatMap(([program, links]) =>
        Object.entries(links)
          .filter(([name]) => name !== "App")
          .filter(([name, values]) => !LINKS[name]?.every((value) => values.includes(value)))
          .map(([name]) => `${program}'s link ${name} has other values than the code reads.`),
      ),
      ...SITE_LINKS.filter((name) => !(name in given("WebServer"))).map((name) => `The site lacks the link ${name}.`),
      ...Object.entries(calls).flatMap(([program, known]) =>
        (known?.links ?? [])
          .filter((name) => !(name in given(program)) && !laterLinked(stack, program).includes(name))
          .map((name) => `${program} is not linked to ${name}, which its code reads.`),
      ),
    ];
  },

  "native packages are installed beside the code that imports them": (stack, calls) =>
    Object.entries(calls).flatMap(([program, known]) =>
      (known?.packages ?? [])
        .filter((name) => program in stack.builds && !(name in (stack.builds[program]?.install ?? {})))
        .map((name) => `${program} imports ${name}, which is not installed beside it.`),
    ),
};

/** The site needs all but what only steps and containers read. */
const SITE_LINKS = Object.keys(LINKS).filter(
  (name) => !["Broker", "Inspector", "Signatures", "Webhooks"].includes(name),
);

/** Links that a function gets after it was made, since they are of what is made with it. */
const laterLinked = (stack: Stack, program: string): string[] =>
  ofKind(stack, "dynamic:Resource")
    .filter(({ name }) => name.startsWith(`${program}EnvironmentUpdate`))
    .flatMap((one) => Object.keys(input(one, "environment") as object))
    .map((name) => name.replace("SST_RESOURCE_", ""));

/** Containers are started in our own cluster alone. */
const inlineForCluster = (role: Resource | undefined, action: string): string[] =>
  (role ? inlineStatements(role) : [])
    .filter(({ Action }: Statement) => list(Action).includes(action))
    .filter(({ Condition }: Statement) => !Condition?.ArnEquals?.["ecs:cluster"])
    .map(() => "The state machine may run containers in other clusters.");
