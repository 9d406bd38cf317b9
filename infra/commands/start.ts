/** `npm start`: builds what has changed and runs Dormouse. */
import { loadEnvironment } from "../local/load-environment.ts";
import { deployBuild } from "./build.ts";
import { greet, PROJECT, runCloud } from "./run-cloud.ts";
import { none } from "./usage.ts";

/** Resolves when it is done, or runs until `end`. Throws UsageError, and CommandError for what a person must change. */
export async function run(args: string[]): Promise<void> {
  none(args);
  const environment = loadEnvironment(PROJECT);
  await runCloud(environment, async () => ({ deployment: await deployBuild(PROJECT, environment.home) }));
  await greet(environment);
}
