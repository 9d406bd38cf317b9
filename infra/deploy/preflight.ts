/** What is looked at before a deployment touches anything: each fault in a sentence that says what to do. */
import { spawnSync } from "node:child_process";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { functionList } from "../function-list.ts";
import { CommandError } from "../local/environment.ts";
import { readSettings, SettingError, type Settings } from "../settings.ts";

/** Lambda leaves at least this many instances of an account to functions without a reservation. */
const UNRESERVED = 10;

/** The stage that `--stage` names. It becomes part of names of buckets and functions, which are short and lower-case. */
export function checkStage(stage: string | undefined): string {
  if (!stage) throw new CommandError("Say which stage: npm run deploy -- --stage NAME (production, or your own name).");
  if (!/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/.test(stage) || stage === "local") {
    throw new CommandError(
      `"${stage}" can't be a stage: 2 to 20 lower-case letters, digits and dashes, beginning with a letter and not "local".`,
    );
  }
  return stage;
}

/** What the shell's variables say of the deployment. Throws CommandError for one that AWS would refuse. */
export function checkSettings(): Settings {
  try {
    return readSettings();
  } catch (error) {
    throw error instanceof SettingError ? new CommandError(error.message) : error;
  }
}

/** What the functions beside the site's have reserved for themselves. */
const OTHERS = Object.values(functionList).reduce((sum, { concurrency }) => sum + concurrency, 0);

/**
 * Whether Docker is there to build the containers' images, for the processors that they run on. Throws CommandError with
 * what a person can do about it.
 */
export function checkDocker(): void {
  const { error, status, stdout, stderr } = spawnSync("docker", ["buildx", "inspect"], { encoding: "utf8" });
  if (error) {
    throw new CommandError(
      "Docker is needed to build the images of the virus scan and the video transcode: https://docs.docker.com/get-docker/",
    );
  }
  if (status !== 0) throw new CommandError(`Docker can't build images now. Is it started?\n${stderr.trim()}`);
  if (!/linux\/arm64/.test(stdout)) {
    throw new CommandError(
      "Docker on this machine builds nothing for arm64 yet: `docker run --privileged --rm tonistiigi/binfmt --install arm64` teaches it.",
    );
  }
}

/** Asks AWS, by the shell's own credentials, whether it would answer, and whether the function's limit fits in. */
export async function checkAccount(maxInstances: number): Promise<{ region: string }> {
  const client = new LambdaClient({ maxAttempts: 2 });
  const region = await client.config.region().catch(() => {
    throw new CommandError("No region: export AWS_REGION=us-east-1, or another one near you.");
  });
  await client.config.credentials().catch(() => {
    throw new CommandError(
      "No credentials for AWS: `aws configure`, `aws sso login`, or export AWS_PROFILE. An administrator's are needed.",
    );
  });
  const account = await client.send(new GetAccountSettingsCommand({})).catch((error: Error) => {
    throw new CommandError(`AWS refuses these credentials in ${region}: ${error.name}: ${error.message}`);
  });
  client.destroy();
  const limit = account.AccountLimit?.ConcurrentExecutions ?? 0;
  const free = limit - UNRESERVED - OTHERS;
  if (maxInstances > free) {
    throw new CommandError(
      free < 1
        ? `This account may run ${limit} functions at a time; ${UNRESERVED + OTHERS + 1} are the least that Dormouse needs. Ask for more: Service Quotas, AWS Lambda, "Concurrent executions"; 1,000 are granted to most.`
        : `This account may run ${limit} functions at a time: DORMOUSE_MAX_INSTANCES can be ${free} at most, not ${maxInstances}.`,
    );
  }
  return { region };
}
