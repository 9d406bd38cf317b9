/** The local cloud of this process, for the commands that run one. */
import { fileURLToPath } from "node:url";
import type { Cloud } from "../local/cloud.ts";
import { apiPort, type Environment, inboxLink } from "../local/environment.ts";
import type { Web } from "../local/service.ts";
import { isFirstRun, signInLink } from "./sign-in.ts";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const SHUTDOWN_MS = 5000;

let cloud: Cloud | undefined;
let ending = false;

/** Resolves when it accepts requests. Throws CommandError for what a person must change. */
export async function runCloud(environment: Environment, prepareWeb?: () => Promise<Web>): Promise<void> {
  // Commands that only ask do not need all of its services.
  const { startCloud } = await import("../local/cloud.ts");
  cloud = await startCloud(PROJECT, environment, prepareWeb);
}

/** Ends every child and then this process; by force when that takes too long. */
export function end(code: number): void {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  Promise.resolve(cloud?.close()).then(
    () => process.exit(code),
    () => process.exit(1),
  );
}

/** The addresses of the services, as lines for the terminal. */
export const endpoints = ({ s3, dynamodb, services }: Environment): string =>
  `  S3        ${s3.url}\n  DynamoDB  ${dynamodb.url}\n  others    ${services.url}`;

/** Prints Dormouse's address and, the first time, how to sign in. */
export async function greet(environment: Environment): Promise<void> {
  const first = await isFirstRun(environment);
  console.log(endpoints(environment));
  console.log(`  mail      ${inboxLink(environment)}`);
  console.log(`  API       http://localhost:${apiPort(environment)}/v1`);
  if (!first) console.log("Signed out? npm run cloud -- sign-in");
  console.log(`Dormouse is ready: ${environment.origin}`);
  if (first) console.log(`Sign in once as the owner: ${signInLink(environment)}`);
}
