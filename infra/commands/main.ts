/** The commands behind `npm start`, `npm run dev`, `npm run cloud`, `npm run build`, `npm test` and `npm run verify`. */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findPurpose, rotated, withdrawn } from "#lib/kernel/keys.ts";
import type { Cloud } from "../local/cloud.ts";
import { describeEngines, formatStatus, readStatus } from "../local/control.ts";
import { CommandError } from "../local/core/command-error.ts";
import { awsVariables, type Environment, inboxLink } from "../local/environment.ts";
import { changeKeys, loadEnvironment } from "../local/load-environment.ts";
import type { Web } from "../local/service.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const SHUTDOWN_MS = 5000;
const USAGE = `Usage:
  npm start                     build what has changed and run Dormouse
  npm run dev                   the same with Next's development server
  npm run build                 build only
  npm run cloud                 the local AWS endpoints alone
  npm run cloud -- env          their variables, for the SDK and the AWS CLI: export $(npm run -s cloud -- env)
  npm run cloud -- ps [--json]  what is awake
  npm run cloud -- sign-in      a fresh one-time link that signs you in as the owner
  npm run cloud -- inbox        the link to the mail that was sent
  npm run cloud -- rotate-keys PURPOSE     signs with a new key: of links, grants or sign-in
  npm run cloud -- withdraw-keys PURPOSE   and what older keys have signed is worth nothing any more
  npm test                      the tests
  npm run bench                 speed and size, as ratios
  npm run deploy -- --stage NAME   to AWS; \`remove\` takes a stage away again
  npm run deploy:rehearsal      the same with SST's own program against a stand-in of AWS [-- --with-faults]
  npm run images:rehearsal      builds the containers' images, runs them and proves what is in them [-- scan|transcode]
  npm run torture -- upload      thirty uploads through faults and kills, each from its seed
  npm run fuzz [-- --seconds 300]  broken files for every reader of strangers' files
  npm run smoke -- URL          sends and collects through a Dormouse that runs somewhere
  npm run infra:resources       what a deployment to AWS would make [--json]
  npm run screenshots           pictures of every page, in screenshots/ [-- words of their names]
  npm run verify                types, lint, directions of imports, generated files

  PORT           the app's port; S3, DynamoDB and the other services take the four after it (3000)
  DORMOUSE_HOME  where data, credentials and logs are kept (.dormouse)`;

const commands: Record<string, (words: string[]) => Promise<void>> = {
  async start(words) {
    none(words);
    const environment = loadEnvironment(PROJECT);
    const { deployBuild } = await import("./build.ts");
    await run(environment, async () => ({ deployment: await deployBuild(PROJECT, environment.home) }));
    await greet(environment);
  },
  async dev(words) {
    none(words);
    const environment = loadEnvironment(PROJECT);
    const { startDevServer } = await import("./dev-server.ts");
    await run(environment, async () => {
      const server = await startDevServer(PROJECT, environment);
      void server.exited.then(() => end(1));
      return server;
    });
    await greet(environment);
  },
  async build(words) {
    none(words);
    const { ensureBuild } = await import("./build.ts");
    await ensureBuild(PROJECT);
  },
  async cloud(words) {
    const [word, ...rest] = words;
    if (word === undefined) {
      const environment = loadEnvironment(PROJECT);
      await run(environment);
      console.log(
        `${endpoints(environment)}\nThe local cloud is ready; \`npm run -s cloud -- env\` prints its variables.`,
      );
    } else if (word === "env") {
      none(rest);
      await printEnvironment();
    } else if (word === "ps") {
      none(rest.filter((option) => option !== "--json"));
      await printEngines(rest.includes("--json"));
    } else if (word === "sign-in") {
      none(rest);
      const { signInLink } = await import("./sign-in.ts");
      console.log(signInLink(await runningEnvironment()));
    } else if (word === "rotate-keys" || word === "withdraw-keys") {
      const purpose = findPurpose(rest[0]);
      if (!purpose || rest.length > 1) throw new UsageError();
      changeKeys(loadEnvironment(PROJECT), purpose, word === "rotate-keys" ? rotated : withdrawn);
      console.log("Done; what starts from now on has them. If Dormouse is running, stop it and start it again.");
    } else if (word === "inbox") {
      none(rest);
      console.log(inboxLink(await runningEnvironment()));
    } else {
      throw new UsageError();
    }
  },
  test: (words) => hand("infra/commands/run-tests.ts", words),
  bench: (words) => hand("e2e/bench/main.ts", words),
  deploy: (words) => hand("infra/deploy/deploy.ts", words),
  remove: (words) => hand("infra/deploy/remove.ts", words),
  "deploy:rehearsal": (words) => hand("infra/deploy/rehearsal/main.ts", words),
  "images:rehearsal": (words) => hand("infra/tasks/rehearsal/main.ts", words),
  smoke: (words) => hand("e2e/smoke/main.ts", words),
  screenshots: (words) => hand("e2e/screenshots/main.ts", words),
  torture: (words) => hand("e2e/torture/main.ts", words),
  fuzz: (words) => hand("e2e/fuzz/main.ts", words),
  "infra:resources": (words) => hand("infra/check/list.ts", words),
  verify: (words) => hand("infra/commands/verify.ts", words),
};

class UsageError extends Error {}

function none(words: string[]): void {
  if (words.length > 0) throw new UsageError();
}

let cloud: Cloud | undefined;
let ending = false;

async function run(environment: Environment, prepareWeb?: () => Promise<Web>): Promise<void> {
  // What only asks or hands on does without all of its services.
  const { startCloud } = await import("../local/cloud.ts");
  cloud = await startCloud(PROJECT, environment, prepareWeb);
}

/** Ends every child and then this process; by force when that takes too long. */
function end(code: number): void {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  Promise.resolve(cloud?.close()).then(
    () => process.exit(code),
    () => process.exit(1),
  );
}

const endpoints = ({ s3, dynamodb, services }: Environment): string =>
  `  S3        ${s3.url}\n  DynamoDB  ${dynamodb.url}\n  others    ${services.url}`;

async function greet(environment: Environment): Promise<void> {
  const { isFirstRun, signInLink } = await import("./sign-in.ts");
  const first = await isFirstRun(environment);
  console.log(endpoints(environment));
  console.log(`  mail      ${inboxLink(environment)}`);
  if (!first) console.log("Signed out? npm run cloud -- sign-in");
  console.log(`Dormouse is ready: ${environment.origin}`);
  if (first) console.log(`Sign in once as the owner: ${signInLink(environment)}`);
}

/** The environment with the port of the cloud that runs on this home, unless PORT says otherwise. */
async function runningEnvironment(): Promise<Environment> {
  const environment = loadEnvironment(PROJECT);
  const status = process.env.PORT ? undefined : await readStatus(environment.home);
  return status ? loadEnvironment(PROJECT, { ...process.env, PORT: String(status.port) }) : environment;
}

async function printEnvironment(): Promise<void> {
  const environment = await runningEnvironment();
  if (!(await readStatus(environment.home)))
    console.error("Note: the local cloud is not running; `npm start` or `npm run cloud` starts it.");
  for (const [name, value] of Object.entries(awsVariables(environment))) console.log(`${name}=${value}`);
}

async function printEngines(json: boolean): Promise<void> {
  const status = await readStatus(loadEnvironment(PROJECT).home);
  if (!status) throw new CommandError("The local cloud is not running; `npm start` or `npm run cloud` starts it.");
  console.log(json ? JSON.stringify({ ...status, engines: describeEngines(status) }, null, 2) : formatStatus(status));
}

/** Runs another program of the project in this process, with the words that follow. */
async function hand(file: string, words: string[]): Promise<void> {
  const path = join(PROJECT, file);
  process.argv.splice(1, process.argv.length - 1, path, ...words);
  await import(pathToFileURL(path).href);
}

function fail(error: unknown): void {
  if (error instanceof UsageError) console.error(USAGE);
  else if (error instanceof CommandError) console.error(error.message);
  else console.error(error);
  end(error instanceof UsageError ? 2 : 1);
}

const [, , name = "", ...words] = process.argv;
const PROGRAMS = [
  "test",
  "verify",
  "bench",
  "infra:resources",
  "deploy",
  "deploy:rehearsal",
  "images:rehearsal",
  "remove",
  "smoke",
  "torture",
];
if (PROGRAMS.includes(name)) {
  process.on("disconnect", () => process.exit(1));
} else {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(0));
  process.on("disconnect", () => end(1));
}
// The channel tells of run.mjs's end; by itself it must not keep a short command alive.
process.channel?.unref();

const command = commands[name];
await (command ? command(words) : Promise.reject(new UsageError())).catch(fail);
