/** `npm run cloud`: only the endpoints; with an argument, a question to the running cloud. */
import { findPurpose, rotated, withdrawn } from "#lib/kernel/keys.ts";
import { describeEngines, formatStatus, readStatus } from "../local/control.ts";
import { CommandError } from "../local/core/command-error.ts";
import { awsVariables, type Environment, inboxLink } from "../local/environment.ts";
import { changeKeys, loadEnvironment } from "../local/load-environment.ts";
import { endpoints, PROJECT, runCloud } from "./run-cloud.ts";
import { signInLink } from "./sign-in.ts";
import { none, UsageError } from "./usage.ts";

/** Resolves when it is done, or runs until `end`. Throws UsageError, and CommandError for what a person must change. */
export async function run(args: string[]): Promise<void> {
  const [word, ...rest] = args;
  if (word === undefined) {
    const environment = loadEnvironment(PROJECT);
    await runCloud(environment);
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
}

/** The environment with the port of the cloud that runs on this home folder, unless PORT says otherwise. */
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
