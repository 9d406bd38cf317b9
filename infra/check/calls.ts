/** Which AWS calls a program makes, as the IAM actions that they need: found in its code as it is bundled. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { functionList, notBundled, taskList } from "../function-list.ts";
import { PROJECT } from "./evaluate.ts";
import { LINKS } from "./links.ts";

/** What a program's code needs: IAM actions, links by their names, and packages that are not bundled. */
export type Needed = { actions: string[]; links: string[]; packages: string[] };

/** By the beginning of the name of the program's role; of a program that is not there, nothing is known. */
export type Calls = Record<string, Needed | undefined>;

/** Of a missing object who may not list is told "access denied": which objects are gone, only who may can tell. */
const READING = ["s3:GetObject", "s3:ListBucket"];

/** From "Actions, resources, and condition keys" of each service in the service authorization reference. */
const COMMANDS: Record<string, string[]> = {
  AbortMultipartUpload: ["s3:AbortMultipartUpload"],
  ChangeMessageVisibility: ["sqs:ChangeMessageVisibility"],
  CompleteMultipartUpload: ["s3:PutObject"],
  CopyObject: [...READING, "s3:PutObject"],
  CreateMultipartUpload: ["s3:PutObject"],
  CreateSchedule: ["scheduler:CreateSchedule", "iam:PassRole"],
  DeleteMessage: ["sqs:DeleteMessage"],
  DeleteMessageBatch: ["sqs:DeleteMessage"],
  DeleteObject: ["s3:DeleteObject"],
  DeleteObjects: ["s3:DeleteObject"],
  DeleteObjectTagging: ["s3:DeleteObjectTagging"],
  DeleteSchedule: ["scheduler:DeleteSchedule"],
  DescribeExecution: ["states:DescribeExecution"],
  DescribeTasks: ["ecs:DescribeTasks"],
  GetEventSourceMapping: ["lambda:GetEventSourceMapping"],
  GetObject: READING,
  GetQueueAttributes: ["sqs:GetQueueAttributes"],
  GetSchedule: ["scheduler:GetSchedule"],
  HeadObject: READING,
  Invoke: ["lambda:InvokeFunction"],
  ListEventSourceMappings: ["lambda:ListEventSourceMappings"],
  ListExecutions: ["states:ListExecutions"],
  ListMultipartUploads: ["s3:ListBucketMultipartUploads"],
  ListObjectsV2: ["s3:ListBucket"],
  ListParts: ["s3:ListMultipartUploadParts"],
  ListSchedules: ["scheduler:ListSchedules"],
  PutObject: ["s3:PutObject"],
  PutObjectTagging: ["s3:PutObjectTagging"],
  ReceiveMessage: ["sqs:ReceiveMessage"],
  RunTask: ["ecs:RunTask", "iam:PassRole"],
  SendEmail: ["ses:SendEmail"],
  SendMessage: ["sqs:SendMessage"],
  SendMessageBatch: ["sqs:SendMessage"],
  SendTaskFailure: ["states:SendTaskFailure"],
  SendTaskHeartbeat: ["states:SendTaskHeartbeat"],
  SendTaskSuccess: ["states:SendTaskSuccess"],
  StartExecution: ["states:StartExecution"],
  StopExecution: ["states:StopExecution"],
  StopTask: ["ecs:StopTask"],
  UpdateEventSourceMapping: ["lambda:UpdateEventSourceMapping"],
  UpdateSchedule: ["scheduler:UpdateSchedule", "iam:PassRole"],
  UploadPart: ["s3:PutObject"],
  UploadPartCopy: [...READING, "s3:PutObject"],
};

/** What ElectroDB makes of its methods; given a list it uses the batch operation. */
const ELECTRODB_ACTIONS: [pattern: RegExp, actions: string[]][] = [
  [/\.\s*get\(/, ["dynamodb:GetItem", "dynamodb:BatchGetItem"]],
  [/\.\s*query\s*\./, ["dynamodb:Query"]],
  [/\.\s*(create|put)\(/, ["dynamodb:PutItem", "dynamodb:BatchWriteItem"]],
  [/\.\s*(patch|update|upsert)\(/, ["dynamodb:UpdateItem"]],
  // Given a list, `remove` is of attributes, in an update.
  [/\.\s*(delete\(|remove\((?!\s*\[))/, ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"]],
  [/\.\s*check\(/, ["dynamodb:ConditionCheckItem"]],
  [/\.\s*scan\b/, ["dynamodb:Scan"]],
];

/** What Next.js starts from. */
const WEB = ["app/**/{page,layout,route,error,not-found,loading,actions}.{ts,tsx}", "proxy.ts"];

/** The calls of the site and of every function and container, by the names of their roles. */
export async function findCalls(): Promise<Calls> {
  const programs: Record<string, string[]> = { WebServer: globSync(WEB, { cwd: PROJECT }) };
  for (const [name, { entry }] of Object.entries(functionList)) programs[`${title(name)}Function`] = [entry];
  for (const [name, { entry }] of Object.entries(taskList)) programs[`${title(name)}TaskTask`] = [entry];
  return Object.fromEntries(
    await Promise.all(
      Object.entries(programs).map(async ([role, entries]) => [
        role,
        entries.every((entry) => existsSync(join(PROJECT, entry))) ? await callsOf(entries) : undefined,
      ]),
    ),
  );
}

const title = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** What the programs that begin at `entries` call: what they import, without the functions that they never use. */
async function callsOf(entries: string[]): Promise<Needed> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: PROJECT,
    entryPoints: entries,
    outdir: "calls",
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node22",
    jsx: "automatic",
    packages: "external",
    loader: { ".css": "empty", ".svg": "empty", ".png": "empty", ".woff2": "empty" },
    logLevel: "silent",
  });
  const imported = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return {
    actions: unique(outputFiles.flatMap(({ text }) => actionsIn(text))),
    links: unique(outputFiles.flatMap(({ text }) => linksIn(text))),
    packages: unique(
      imported.flatMap(({ path, kind }) => notBundled.filter((name) => kind === "import-statement" && path === name)),
    ),
  };
}

const unique = (names: string[]): string[] => [...new Set(names)].sort();

/** A bundle's modules by their paths: esbuild writes a comment before each. */
const modulesOf = (bundle: string): [path: string, code: string][] =>
  bundle
    .split(/^\/\/ (?=(?:app|components|lib|proxy)\b)/m)
    .map((module) => [module.slice(0, Math.max(0, module.indexOf("\n"))), module]);

/** The IAM actions that a bundle needs. */
export const actionsIn = (bundle: string): string[] =>
  modulesOf(bundle).flatMap(([path, code]) => [
    ...commandsIn(code),
    ...(imports(path, "#lib/db/service.ts") ? rowActionsIn(code) : []),
  ]);

/** The links that a bundle reads: `resources.failedQueue`, or a name that begins so, is of the link FailedQueue. */
function linksIn(bundle: string): string[] {
  return modulesOf(bundle).flatMap(([path, code]) =>
    imports(path, "/resources.ts")
      ? [...code.matchAll(/\bresources\d*\.(\w+)/g)].map(([, read = ""]) => {
          const link = Object.keys(LINKS).find((name) => read.toLowerCase().startsWith(name.toLowerCase()));
          if (!link) throw new Error(`resources.${read} is of no link.`);
          return link;
        })
      : [],
  );
}

/** Throws for a command that has no entry above. */
function commandsIn(code: string): string[] {
  const names = [...code.matchAll(/\bnew (\w+?)Command\d*\(|\bpaginate([A-Z]\w*)\(/g)];
  return names.flatMap(([, command, paginated]) => {
    const name = command ?? paginated ?? "";
    // A bundle numbers what is named alike.
    const actions = COMMANDS[name] ?? COMMANDS[name.replace(/\d+$/, "")];
    if (!actions) throw new Error(`${name} is not in the table of IAM actions.`);
    return actions;
  });
}

/** Whether a source imports a module whose name ends so. */
const imports = (path: string, module: string): boolean => sourceOf(path).includes(`${module}"`);

/** Of the modules that most programs share, each is read once. */
const sources = new Map<string, string>();
function sourceOf(path: string): string {
  const read = () =>
    /\.tsx?$/.test(path) && existsSync(join(PROJECT, path)) ? readFileSync(join(PROJECT, path), "utf8") : "";
  const source = sources.get(path) ?? read();
  sources.set(path, source);
  return source;
}

const rowActionsIn = (code: string): string[] =>
  ELECTRODB_ACTIONS.flatMap(([pattern, actions]) => (pattern.test(code) ? actions : []));
