/**
 * The production build, of the web and of the other functions; made when the sources have changed since the last one.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stop as endBundler } from "esbuild";
import { spawnGuarded } from "../local/core/child-process.ts";
import { CommandError } from "../local/core/command-error.ts";
import { tryLock } from "../local/core/lock.ts";
import { bundleFunctions, linkPackages } from "./bundle.ts";
import { bundleServiceWorker } from "./service-worker.ts";

const SOURCES = [
  "app",
  "components",
  "lib",
  "public",
  "proxy.ts",
  "next.config.js",
  "open-next.config.ts",
  "postcss.config.mjs",
  "package-lock.json",
  "tsconfig.json",
  "infra/function-list.ts",
];

/** The files that are needed to run the build; the others are for other ways of deploying. */
const DEPLOYED = ["open-next.output.json", "assets", "server-functions", "functions"];

/** Where OpenNext writes the build. */
const buildDirectory = (project: string): string => join(project, ".open-next");

/** SHA-256 over names and contents of all sources except tests, which do not change the app. */
export function hashSources(project: string): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const file of filesOf(project, source)) {
      const content = readFileSync(join(project, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}

/**
 * Builds unless the existing build is of these sources; of two builds at once, one waits for the other. Shows one line
 * of progress, and the build's output only when it fails. Throws CommandError then.
 */
export async function ensureBuild(project: string): Promise<void> {
  await withBuild(project, () => undefined);
}

/**
 * Builds when needed and copies the build to where a cloud runs it: `<home>/deployed/<hash>`, which it returns. A later
 * build empties `.open-next`, but not this copy; its files are hard links and take no space.
 */
export async function deployBuild(project: string, home: string): Promise<string> {
  return withBuild(project, (hash) => {
    const deployments = join(home, "deployed");
    const target = join(deployments, hash.slice(0, 16));
    mkdirSync(deployments, { recursive: true });
    for (const name of readdirSync(deployments)) {
      if (join(deployments, name) !== target) rmSync(join(deployments, name), { recursive: true, force: true });
    }
    if (!existsSync(target)) {
      mkdirSync(`${target}.part`);
      for (const part of DEPLOYED) linkTree(join(buildDirectory(project), part), join(`${target}.part`, part));
      linkPackages(project, join(`${target}.part`, "functions"));
      renameSync(`${target}.part`, target);
    }
    return target;
  });
}

async function withBuild<R>(project: string, work: (hash: string) => R): Promise<R> {
  const lock = await waitForLock(join(project, "node_modules", ".cache", "dormouse-build.lock"));
  try {
    // From here on a source like others, although it is generated.
    await bundleServiceWorker(project);
    if (!isFresh(project)) await build(project);
    return work(readFileSync(stampOf(project), "utf8"));
  } finally {
    // Its process would outlive the build; the router must be the only process while nobody uses it.
    await endBundler();
    lock.release();
  }
}

const stampOf = (project: string): string => join(buildDirectory(project), ".dormouse-built");

function isFresh(project: string): boolean {
  const stamp = stampOf(project);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hashSources(project);
}

async function build(project: string): Promise<void> {
  const hash = hashSources(project);
  const from = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - from) / 1000)} s`;
  const tty = process.stderr.isTTY;
  process.stderr.write(`Building the app (about 20 s) …${tty ? "" : "\n"}`);
  const ticking = tty
    ? setInterval(() => process.stderr.write(`\rBuilding the app (about 20 s) … ${seconds()}`), 1000)
    : undefined;
  const { code, output } = await run(project);
  clearInterval(ticking);
  if (tty) process.stderr.write("\r");
  if (code !== 0 || !existsSync(join(buildDirectory(project), "open-next.output.json"))) {
    throw new CommandError(`${output.trimEnd()}\n\nThe build failed after ${seconds()}; what it said is above.`);
  }
  await bundleFunctions(project, join(buildDirectory(project), "functions"));
  writeFileSync(stampOf(project), hash);
  process.stderr.write(`Built the app in ${seconds()}.${" ".repeat(20)}\n`);
}

/** OpenNext does not remove its temporary folders; here they are removed with the folder that contains them. */
async function run(project: string): Promise<{ code: number; output: string }> {
  const temporary = mkdtempSync(join(tmpdir(), "dormouse-build-"));
  try {
    return await runOpenNext(project, temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function runOpenNext(project: string, temporary: string): Promise<{ code: number; output: string }> {
  const child = spawnGuarded(join(project, "node_modules", ".bin", "open-next"), ["build"], {
    cwd: project,
    env: { ...process.env, TMPDIR: temporary, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", FORCE_COLOR: "0" },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

async function waitForLock(file: string) {
  for (let told = false; ; told = true) {
    const lock = tryLock(file);
    if (lock) return lock;
    if (!told) process.stderr.write("Waiting for another build of the app …\n");
    await delay(200);
  }
}

function filesOf(project: string, path: string): string[] {
  const found = statSync(join(project, path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return /\.test\.tsx?$/.test(path) ? [] : [path];
  return readdirSync(join(project, path))
    .sort()
    .flatMap((name) => filesOf(project, `${path}/${name}`));
}

/** Copies a tree by hard links, if the file system has them and both folders are on it. */
function linkTree(from: string, to: string): void {
  if (statSync(from).isDirectory()) {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) linkTree(join(from, name), join(to, name));
    return;
  }
  try {
    linkSync(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EXDEV" && code !== "EPERM" && code !== "ENOTSUP") throw error;
    copyFileSync(from, to);
  }
}
