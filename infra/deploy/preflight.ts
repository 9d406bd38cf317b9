/** What is looked at before a deployment touches anything: each fault in a sentence that says what to do. */
import { spawnSync } from "node:child_process";
import { CommandError } from "../local/core/command-error.ts";
import { readSettings, SettingError, type Settings } from "../settings.ts";

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
