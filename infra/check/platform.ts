/** SST's platform: the components, types and Pulumi packages that `sst` unpacks into `.sst/platform`. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "../local/core/lock.ts";

/** npm instead of bun, which SST would fetch; and nothing is told to SST's makers. */
export const SST_SETTINGS = { SST_NO_BUN: "1", SST_TELEMETRY_DISABLED: "1" };

/**
 * For unpacking alone: no look for an account, nor for Pulumi. A deployment needs both: with the first variable SST never
 * installs Pulumi, and the second hides the role of a machine on EC2.
 */
const OFFLINE = { ...SST_SETTINGS, SST_SKIP_DEPENDENCY_CHECK: "1", AWS_EC2_METADATA_DISABLED: "true" };

/** The folder of the platform, unpacked first when it is missing or of another version of SST; about half a minute. */
export async function requirePlatform(project: string): Promise<string> {
  const platform = join(project, ".sst", "platform");
  if (isCurrent(project, platform)) return platform;
  for (let lock = tryLock(lockFile(project)); ; lock = tryLock(lockFile(project))) {
    if (!lock) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    try {
      if (!isCurrent(project, platform)) await install(project);
      return platform;
    } finally {
      lock.release();
    }
  }
}

const lockFile = (project: string): string => join(project, "node_modules", ".cache", "dormouse-platform.lock");

const versionOf = (file: string): string => (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;

function isCurrent(project: string, platform: string): boolean {
  const stamp = join(platform, "version");
  if (!existsSync(stamp) || !existsSync(join(platform, "node_modules", "@pulumi", "aws"))) return false;
  return (
    readFileSync(stamp, "utf8").trim().replace(/^v/, "") === versionOf(join(project, "node_modules/sst/package.json"))
  );
}

function install(project: string): Promise<void> {
  process.stderr.write("Unpacking SST's platform (about half a minute) …\n");
  const child = spawn(join(project, "node_modules", ".bin", "sst"), ["install", "--stage", "dev"], {
    cwd: project,
    env: { ...process.env, ...OFFLINE },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`SST's platform can't be unpacked:\n${Buffer.concat(said)}`)),
    );
  });
}
