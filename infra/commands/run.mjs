/**
 * The way in for `npm start`, `npm run dev`, `npm run cloud` and the rest. Plain JavaScript without dependencies, because
 * it runs on the Node that the user has and before anything is installed: it installs, picks Node 24 and hands over to main.ts.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(project, "node_modules");
const stamp = join(modules, ".dormouse-installed");

const lockHash = () =>
  createHash("sha256")
    .update(readFileSync(join(project, "package-lock.json")))
    .digest("hex");

/** Whether what npm noted about its last install agrees with package-lock.json; so that an install by hand is not repeated. */
function installedByHand() {
  const noted = join(modules, ".package-lock.json");
  if (!existsSync(noted)) return false;
  const installed = JSON.parse(readFileSync(noted, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(([path, one]) => {
    if (path === "" || (one.optional && !installed[path])) return true;
    return installed[path]?.version === one.version && installed[path]?.integrity === one.integrity;
  });
}

function installed() {
  if (!existsSync(modules)) return false;
  if (existsSync(stamp)) return readFileSync(stamp, "utf8") === lockHash();
  if (!installedByHand()) return false;
  writeFileSync(stamp, lockHash());
  return true;
}

/** Runs npm quietly with one line of progress; resolves to its exit code, after showing what it said if it failed. */
function install() {
  const started = Date.now();
  const said = [];
  const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r${text}` : `${text}\n`);
  const line = () =>
    `Installing dependencies with npm (about a minute) … ${Math.round((Date.now() - started) / 1000)} s`;
  progress(process.stderr.isTTY ? line() : "Installing dependencies with npm (about a minute) …");
  const ticking = process.stderr.isTTY ? setInterval(() => progress(line()), 1000) : undefined;
  // What was noted of the last install is made anew, not overwritten: a copy of the modules may share the files by hard links.
  for (const noted of [stamp, join(modules, ".package-lock.json")]) rmSync(noted, { force: true });
  return new Promise((resolve) => {
    const npm = process.env.npm_execpath;
    const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
    const child = npm
      ? spawn(process.execPath, [npm, ...args], { cwd: project, stdio: ["ignore", "pipe", "pipe"] })
      : spawn("npm", args, { cwd: project, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(chunk));
    const end = (code) => {
      clearInterval(ticking);
      if (code === 0) {
        // npm may tidy the lock while it installs: what counts is the lock that is there now.
        mkdirSync(modules, { recursive: true });
        writeFileSync(stamp, lockHash());
        progress(`Installed dependencies in ${Math.round((Date.now() - started) / 1000)} s.${" ".repeat(50)}`);
        if (process.stderr.isTTY) process.stderr.write("\n");
      } else {
        process.stderr.write(
          `\n${Buffer.concat(said)}\nInstalling dependencies failed; \`npm install\` shows it again.\n`,
        );
      }
      resolve(code);
    };
    child.once("error", (error) => {
      said.push(Buffer.from(String(error)));
      end(1);
    });
    child.once("exit", (code) => end(code ?? 1));
  });
}

/** Node 24 from node_modules where there is a build for this system, else the Node that runs this, if it can run TypeScript. */
function chooseNode() {
  const own = join(modules, ".bin", "node");
  if (process.platform === "linux" && process.arch === "x64" && existsSync(own)) return own;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18) ? process.execPath : undefined;
}

/** A file of /proc as text; empty when that process is gone or the system has no /proc. */
const proc = (pid, file) => {
  const path = `/proc/${pid}/${file}`;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return "";
    throw error;
  }
};

const parentOf = (pid) => Number(proc(pid, "stat").split(") ").at(-1).split(" ")[1]);

/** Calls back once the npm that started this has gone: npm can't pass on a SIGKILL. Between npm and this there may be a shell. */
function whenNpmIsGone(callback) {
  if (!process.env.npm_lifecycle_event || process.platform === "win32") return;
  const parent = process.ppid;
  const shell = proc(parent, "cmdline").includes("run.mjs");
  const grandparent = shell ? parentOf(parent) : undefined;
  setInterval(() => {
    if (process.ppid !== parent || (shell && parentOf(parent) !== grandparent)) callback();
  }, 500).unref();
}

if (!installed()) {
  const code = await install();
  if (code !== 0) process.exit(1);
}
const node = chooseNode();
if (!node) {
  console.error(
    `Dormouse needs Node 22.18 or newer on this system (this is ${process.versions.node}); on Linux x64 it brings its own.`,
  );
  process.exit(1);
}

const child = spawn(
  node,
  ["--disable-warning=ExperimentalWarning", join(project, "infra", "commands", "main.ts"), ...process.argv.slice(2)],
  {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      PATH: `${join(modules, ".bin")}${delimiter}${process.env.PATH ?? ""}`,
      NEXT_TELEMETRY_DISABLED: "1",
      // Halves the start and the router's memory: types are stripped once and not at every start.
      NODE_COMPILE_CACHE: join(modules, ".cache", "dormouse-node"),
    },
  },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
whenNpmIsGone(() => child.kill("SIGTERM"));
child.once("error", (error) => {
  console.error(`Can't run ${node}: ${error.message}`);
  process.exit(1);
});
child.once("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
