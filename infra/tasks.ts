import { taskList } from "./function-list.ts";
import { arnOf, assumedBy, nameOf } from "./names.ts";
import { network } from "./network.ts";
import { policyOf, type Right, rights } from "./rights.ts";
import { recurring, recurringFailed, setAside } from "./schedules.ts";
import { Signatures } from "./storage.ts";
import { DROPPED, ENTRY } from "./tasks/conductor.ts";
import { Broker } from "./workflow-link.ts";

type TaskName = keyof typeof taskList;
type Image = NonNullable<sst.aws.TaskArgs["image"]>;
type Needs = { rights: Right[]; links: unknown[] };

const KEEP_SIGNATURES: Right[] = [
  { actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], resources: [$interpolate`${Signatures.arn}/*`] },
  { actions: ["s3:ListBucket"], resources: [Signatures.arn] },
];

/**
 * What opens files of strangers: to ask the broker with the ticket of its task, and to say how its task went with the
 * task's token. Whoever takes it over has the files that it was given, and nothing of anybody else.
 */
const OPENS_FILES: Needs = { rights: [...rights.askBroker, ...rights.reportToRuns], links: [Broker] };

/** What each container may do and is told, as NEEDS in functions.ts. */
const NEEDS: Record<TaskName, Needs> = {
  scan: OPENS_FILES,
  transcode: OPENS_FILES,
  signatures: { rights: KEEP_SIGNATURES, links: [Signatures] },
};

/** The containers' images. What a newer one has replaced is gone a day later. */
const Images = new aws.ecr.Repository("Images", {
  name: nameOf("tasks"),
  forceDelete: !$app.protect,
  imageTagMutability: "MUTABLE",
  encryptionConfigurations: [{ encryptionType: "AES256" }],
});

new aws.ecr.LifecyclePolicy("ImagesLifecycle", {
  repository: Images.name,
  policy: JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 },
        action: { type: "expire" },
      },
    ],
  }),
});

const cluster = new sst.aws.Cluster("Tasks", {
  vpc: {
    id: network.vpc,
    securityGroups: network.securityGroups,
    containerSubnets: network.subnets,
    loadBalancerSubnets: [],
  },
  // Insights are billed as metrics of one's own.
  transform: { cluster: { name: nameOf("tasks"), settings: [{ name: "containerInsights", value: "disabled" }] } },
});

export const clusterArn = cluster.nodes.cluster.arn;

const { region } = aws.getRegionOutput();

/** A container of the list: its image, its roles and its log group. Nothing of it runs until somebody starts it. */
function task(name: TaskName, image: Image) {
  const { cpu, memoryMb } = taskList[name];
  const { rights: given, links } = NEEDS[name];
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}Task`;
  const logGroup = `/${$app.name}/${$app.stage}/${name}-task`;
  const made = new sst.aws.Task(title, {
    cluster,
    architecture: "arm64",
    cpu: `${cpu / 1024} vCPU` as "1 vCPU",
    memory: `${memoryMb / 1024} GB` as "4 GB",
    image,
    logging: { name: logGroup, retention: "1 month" },
    link: links,
    transform: {
      image: (args) => {
        args.tags = [$interpolate`${Images.repositoryUrl}:${name}`];
        // What it is linked to is for the running container, not for its build.
        args.secrets = {};
      },
      taskRole: (role) => {
        role.assumeRolePolicy = assumedBy("ecs-tasks.amazonaws.com");
        // SST adds what a shell inside of the container would need.
        role.inlinePolicies = [{ name: "inline", policy: policyOf(given) }];
      },
      executionRole: (role) => {
        // SST adds every secret of the account, and a policy over all repositories and logs.
        role.managedPolicyArns = [];
        role.inlinePolicies = [{ name: "inline", policy: policyOf(startFrom(logGroup)) }];
      },
      taskDefinition: (args) => {
        args.family = nameOf(name);
        args.volumes = [{ name: "tmp" }];
        args.containerDefinitions = $util
          .all([args.containerDefinitions, Images.repositoryUrl, region])
          .apply(([definitions, repository, region]) => {
            const [{ image, environment }] = JSON.parse(definitions) as [{ image: string; environment: unknown }];
            return JSON.stringify([
              {
                name: title,
                // SST would start it from a repository that all of the account's apps share, and nobody tidies.
                image: `${repository}@${image.split("@")[1]}`,
                command: [`/app/${name}.mjs`],
                environment,
                essential: true,
                // Root, who has lost all but what it takes to become nobody in particular, which is the first it does.
                user: "0:0",
                entryPoint: ENTRY,
                readonlyRootFilesystem: true,
                linuxParameters: { initProcessEnabled: true, capabilities: { drop: DROPPED } },
                // The Dockerfile's VOLUME gives it the owner and the rights that /tmp has; else it would be root's.
                mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false }],
                logConfiguration: {
                  logDriver: "awslogs",
                  options: {
                    "awslogs-group": logGroup,
                    "awslogs-region": region,
                    "awslogs-stream-prefix": name,
                  },
                },
              },
            ]);
          });
      },
    },
  });
  const { taskDefinition, taskRole, executionRole } = made.nodes;
  const start: Right[] = [
    {
      actions: ["ecs:RunTask"],
      resources: [$interpolate`${taskDefinition.arnWithoutRevision}:*`],
      conditions: [{ test: "ArnEquals", variable: "ecs:cluster", values: [clusterArn] }],
    },
    {
      actions: ["iam:PassRole"],
      resources: [taskRole.arn, executionRole.arn],
      conditions: [{ test: "StringEquals", variable: "iam:PassedToService", values: ["ecs-tasks.amazonaws.com"] }],
    },
  ];
  return {
    /** Without a revision, so that a run which is under way finds one after a deployment, too: the newest. */
    family: taskDefinition.family,
    familyArn: taskDefinition.arnWithoutRevision,
    container: title,
    image: taskDefinition.containerDefinitions.apply(
      (definitions) => (JSON.parse(definitions) as [{ image: string }])[0].image,
    ),
    /** For whoever starts it. */
    start,
  };
}

/** What ECS does for a container before it runs: fetch its image, and write what it says. */
function startFrom(logGroup: string): Right[] {
  return [
    // The token is the account's: AWS knows no resource of it.
    { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
    {
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      resources: [Images.arn],
    },
    {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [arnOf("logs", `log-group:${logGroup}:*`)],
    },
  ];
}

/** Built where the deployment is started, of a folder into which its programs were bundled before. */
const built = (name: TaskName): Image => ({ context: taskList[name].image, cache: false });

export const tasks = { scan: task("scan", built("scan")), transcode: task("transcode", built("transcode")) };

const signatures = task("signatures", tasks.scan.image);

/** At another minute of every deployment's day, since all ask the same servers. */
new aws.scheduler.Schedule("RefreshSignatures", {
  groupName: recurring.name,
  scheduleExpression: taskList.signatures.schedule,
  flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 240 },
  target: {
    arn: clusterArn,
    roleArn: new aws.iam.Role("SignaturesScheduleRole", {
      assumeRolePolicy: assumedBy("scheduler.amazonaws.com"),
      inlinePolicies: [{ name: "inline", policy: policyOf([...signatures.start, setAside]) }],
    }).arn,
    deadLetterConfig: { arn: recurringFailed.arn },
    ecsParameters: {
      taskDefinitionArn: signatures.familyArn,
      launchType: "FARGATE",
      taskCount: 1,
      networkConfiguration: {
        subnets: network.subnets,
        securityGroups: network.securityGroups,
        assignPublicIp: true,
      },
    },
    retryPolicy: { maximumEventAgeInSeconds: 6 * 3600, maximumRetryAttempts: 5 },
  },
});
