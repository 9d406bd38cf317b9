import { kindsOf, PREVIEW_STATES, type PreviewState } from "../kernel/file-kind.ts";

/**
 * The delivery workflow of a transfer, in the Amazon States Language with JSONPath. There is only this definition: it
 * is deployed to Step Functions, run by the local cloud, and drawn on the transfer's page. Each wave of files is one
 * execution.
 */

/** Amazon Resource Names of the resources that the states call. */
export type WorkflowResources = {
  functions: Record<WorkflowFunction, string>;
  /** The ECS cluster, and what a task needs to run on Fargate in it. */
  cluster: string;
  network: { subnets: string[]; securityGroups: string[] };
  tasks: Record<WorkflowTask, { definition: string; container: string }>;
};

export const WORKFLOW_FUNCTIONS = ["check", "preview", "publish", "announce", "finish", "noteFailure"] as const;
export type WorkflowFunction = (typeof WORKFLOW_FUNCTIONS)[number];

export const WORKFLOW_TASKS = ["scan", "transcode"] as const;
export type WorkflowTask = (typeof WORKFLOW_TASKS)[number];

/** Temporary errors of Lambda itself. Every step is safe to repeat. */
const LAMBDA_FAULTS = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "States.Timeout",
  "States.TaskFailed",
];
/**
 * The run's rows are gone, because its transfer was purged meanwhile. Steps normally answer that they had nothing to
 * do. If one fails with this error, as steps of an earlier version did, it is no failure either, and there is nobody to
 * inform.
 */
const PURGED = ["RunNotFound"];
const NO_RETRY = { ErrorEquals: PURGED, MaxAttempts: 0 };
/**
 * Another run uses all instances of a step's function. That is no failure, and may last as long as that run's previews,
 * which take a free instance again at once. One retry a minute, for about two hours on average.
 */
const RETRY_THROTTLED = {
  ErrorEquals: ["Lambda.TooManyRequestsException", "InspectorBusy"],
  IntervalSeconds: 2,
  MaxAttempts: 120,
  BackoffRate: 1.5,
  MaxDelaySeconds: 120,
  JitterStrategy: "FULL",
};
const RETRY = [
  NO_RETRY,
  RETRY_THROTTLED,
  { ErrorEquals: LAMBDA_FAULTS, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: "FULL" },
];
/** ECS refused a start: the account's vCPUs are all in use, or Fargate has no capacity at the moment. */
const REFUSED_STARTS = [
  "AmazonECS.Unknown",
  "ECS.AmazonECSException",
  "ECS.ClientException",
  "ECS.LimitExceededException",
  "ECS.ServerException",
  "ECS.ServiceUnavailableException",
  "ECS.ThrottlingException",
  "ECS.Unknown",
];
const RETRY_START = {
  ErrorEquals: REFUSED_STARTS,
  IntervalSeconds: 10,
  BackoffRate: 2,
  MaxDelaySeconds: 240,
};
/**
 * Retries of a refused start: for a scan six hours, for a video two. Together with the time for the work they fit into
 * the run's timeout.
 */
const START_TRIES = { scan: 94, transcode: 34 } satisfies Record<WorkflowTask, number>;
/**
 * Counted from the task's start on ECS: pulling the image may take minutes, in which the container can't report. After
 * that it reports every 30 seconds; a container that has died is noticed only by its missing heartbeats.
 */
const HEARTBEAT_SECONDS = 300;
const RETRY_TASK = (name: WorkflowTask) => [
  NO_RETRY,
  { ...RETRY_START, MaxAttempts: START_TRIES[name] },
  { ErrorEquals: ["States.ALL"], IntervalSeconds: 5, MaxAttempts: 2, BackoffRate: 2 },
];

const RUN = {
  "workspaceId.$": "$.workspaceId",
  "transferId.$": "$.transferId",
  "wave.$": "$.wave",
};
const STEP = { ...RUN, "state.$": "$$.State.Name" };
const BATCH = { ...STEP, "batch.$": "$.batch", "kind.$": "$.kind" };

/** Sends the batches of these kinds to a state that makes previews. */
function choose(state: PreviewState) {
  const rules = kindsOf(state).map((kind) => ({ Variable: "$.kind", StringEquals: kind }));
  return { ...(rules.length === 1 ? rules[0] : { Or: rules }), Next: state };
}

export function workflowDefinition(
  { functions, cluster, network, tasks }: WorkflowResources,
  heartbeatSeconds = HEARTBEAT_SECONDS,
) {
  const forgotten = (next: string) => ({ ErrorEquals: PURGED, ResultPath: null, Next: next });
  const failed = (next: string) => ({ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next });
  const caught = [forgotten("Forgotten"), failed("NoteFailure")];
  /** The states after the previews will find the same. */
  const caughtPreview = [forgotten("NoPreview"), failed("NotePreviewFailure")];
  const call = (name: WorkflowFunction, more: object) => ({
    Type: "Task",
    Resource: functions[name],
    Retry: RETRY,
    ...more,
  });
  /** Records a failure for people; then the run continues, or ends. */
  const note = (what: "Preview" | "Run", more: object, parameters: object = {}) => ({
    Type: "Task",
    Resource: functions.noteFailure,
    Parameters: { ...STEP, ...parameters, "execution.$": "$$.Execution.Name", failed: what, "error.$": "$.error" },
    ResultPath: null,
    TimeoutSeconds: 60,
    Retry: RETRY,
    ...more,
  });
  /** A container that reports with its task token and sends a heartbeat at least every 30 seconds. */
  const container = (name: WorkflowTask, more: object) => ({
    Type: "Task",
    Resource: "arn:aws:states:::ecs:runTask.waitForTaskToken",
    Parameters: {
      Cluster: cluster,
      TaskDefinition: tasks[name].definition,
      LaunchType: "FARGATE",
      EnableExecuteCommand: false,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: network.subnets,
          SecurityGroups: network.securityGroups,
          AssignPublicIp: "ENABLED",
        },
      },
      Overrides: {
        ContainerOverrides: [
          {
            Name: tasks[name].container,
            Environment: [
              { Name: "TASK_TOKEN", "Value.$": "$$.Task.Token" },
              { Name: "TASK_INPUT", "Value.$": `States.JsonToString($.task)` },
            ],
          },
        ],
      },
    },
    ResultPath: null,
    HeartbeatSeconds: heartbeatSeconds,
    Retry: RETRY_TASK(name),
    ...more,
  });
  /** A container gets its input as one variable, so the JSON must be built first. */
  const prepare = (parameters: object, next: string) => ({
    Type: "Pass",
    Parameters: parameters,
    ResultPath: "$.task",
    Next: next,
  });
  const previews = (next: object = { End: true }) =>
    call("preview", {
      Parameters: BATCH,
      TimeoutSeconds: 900,
      Catch: caughtPreview,
      ...next,
    });

  return {
    Comment: "Delivers a wave of a transfer's files: checked, previewed, scanned, published, announced.",
    StartAt: "Check",
    TimeoutSeconds: 24 * 3600,
    States: {
      Check: call("check", {
        Parameters: STEP,
        ResultPath: "$.plan",
        TimeoutSeconds: 900,
        Catch: caught,
        Next: "Preview",
      }),
      Preview: {
        Type: "Map",
        ItemsPath: "$.plan.batches",
        MaxConcurrency: 10,
        ItemSelector: {
          ...RUN,
          "batch.$": "$$.Map.Item.Value.batch",
          "kind.$": "$$.Map.Item.Value.kind",
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "Kind",
          States: {
            Kind: {
              Type: "Choice",
              Choices: PREVIEW_STATES.map(choose),
              Default: "NoPreview",
            },
            Pictures: previews(),
            Documents: previews(),
            Archives: previews(),
            Media: previews({ ResultPath: "$.media", Next: "Playable" }),
            Playable: {
              Type: "Choice",
              Choices: [{ Variable: "$.media.transcode", BooleanEquals: true, Next: "PrepareTranscode" }],
              Default: "NoPreview",
            },
            PrepareTranscode: prepare(
              { ...RUN, "batch.$": "$.batch", state: "Transcode", "ticket.$": "$.media.ticket" },
              "Transcode",
            ),
            Transcode: container("transcode", {
              TimeoutSeconds: 6 * 3600,
              Catch: caughtPreview,
              End: true,
            }),
            NoPreview: { Type: "Succeed" },
            NotePreviewFailure: note(
              "Preview",
              { End: true, Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: null, Next: "NoPreview" }] },
              { "batch.$": "$.batch" },
            ),
          },
        },
        ResultPath: null,
        Next: "Policy",
      },
      Policy: {
        Type: "Choice",
        Choices: [
          { Variable: "$.plan.files", NumericEquals: 0, Next: "Publish" },
          { Variable: "$.plan.policy", StringEquals: "off", Next: "Publish" },
          { Variable: "$.plan.policy", StringEquals: "after", Next: "OpenUnscanned" },
        ],
        Default: "PrepareScan",
      },
      OpenUnscanned: call("publish", {
        Parameters: STEP,
        ResultPath: null,
        TimeoutSeconds: 900,
        Catch: caught,
        Next: "PrepareScan",
      }),
      PrepareScan: prepare({ ...RUN, state: "Scan", "ticket.$": "$.plan.ticket" }, "Scan"),
      Scan: container("scan", { TimeoutSeconds: 12 * 3600, Catch: caught, Next: "Publish" }),
      Publish: call("publish", {
        Parameters: STEP,
        ResultPath: null,
        TimeoutSeconds: 900,
        Catch: caught,
        Next: "Announce",
      }),
      Announce: call("announce", {
        Parameters: STEP,
        ResultPath: null,
        TimeoutSeconds: 900,
        Catch: caught,
        Next: "Finish",
      }),
      Finish: call("finish", {
        Parameters: STEP,
        ResultPath: null,
        TimeoutSeconds: 300,
        Catch: caught,
        End: true,
      }),
      NoteFailure: note("Run", { Catch: [forgotten("Forgotten")], TimeoutSeconds: 300, Next: "Failed" }),
      Forgotten: { Type: "Succeed", Comment: "The transfer was deleted for good meanwhile." },
      Failed: {
        Type: "Fail",
        Error: "RunFailed",
        Cause: "A step gave up. What it said is on the transfer's page, from where the run can be started again.",
      },
    },
  };
}
