/** The one place that says how a program that reads the bytes of strangers is started. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { FIRST_COMMAND, rootCommand } from "./confined-root.ts";
import { giveFolder, processesOf, reclaimFolder } from "./folder-owner.ts";
import { findSandboxSupport, type SandboxSupport } from "./sandbox-support.ts";

export type Confinement = {
  /** Its working folder, home and temporary folder: nowhere else may it write. Its own until it has ended. */
  folder: string;
  /** What it reads besides the system's programs. */
  reads?: readonly string[];
  /** Whether it has anything to ask of the network, where that can be kept from it. */
  network: boolean;
  /** Most memory of its own, in MiB. */
  memoryMib: number;
  /** Most addresses, in MiB, files that are mapped to them included; as `memoryMib` unless given. */
  addressMib?: number;
  /** Most bytes of each file that it writes. */
  fileBytes: number;
};

/** Processes and threads of a program, of which ffmpeg has two dozen. */
export const MAX_PROCESSES = 128;
/** Of more than a billion no system has users of its own; each run takes another, so that none meets an earlier one. */
const USERS = [1_000_000_000, 2_000_000_000] as const;
const MIB = 1024 ** 2;
const ERROR_TAIL = 500;
/** What a program has left running may say more for so long, where it can't be ended. */
const CLOSE_MS = 5000;

/** The environment of a program that handles bytes of strangers: none of our credentials are in it. */
export const bareEnvironment = (folder: string): NodeJS.ProcessEnv =>
  // Guarantee: Next's types demand NODE_ENV of every environment; a program of the system knows no such variable.
  ({ PATH: process.env.PATH, LANG: "C.UTF-8", TMPDIR: folder, HOME: folder }) as unknown as NodeJS.ProcessEnv;

/** A program that runs shut in, or has. */
export class Confined {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended, after it is gone and the folder is ours again; rejects where it could not be started. */
  readonly ended: Promise<{ code: number | null; killed: boolean }>;
  readonly #child: ChildProcess;
  readonly #inner: boolean;
  #pid: number | undefined;

  constructor(program: string, args: readonly string[], confinement: Confinement, means: SandboxSupport) {
    const { folder } = confinement;
    accessSync(program, constants.X_OK);
    const uid = means.user ? randomInt(...USERS) : undefined;
    const [command = program, ...rest] = [...wrapping(program, confinement, means, uid), program, ...args];
    if (uid !== undefined) giveFolder(folder, uid);
    this.#inner = means.namespaces !== undefined;
    // Not detached: who ends this task's process group ends it as well.
    const child = spawn(command, rest, {
      cwd: folder,
      env: bareEnvironment(folder),
      stdio: ["ignore", "pipe", "pipe", this.#inner ? "pipe" : "ignore"],
    });
    this.#child = child;
    // Guarantee: `stdio` asks for pipes.
    [this.stdout, this.stderr] = [child.stdout as Readable, child.stderr as Readable];
    let told = "";
    let complaint = "";
    // Guarantee: where there is a first process, it tells on a pipe.
    (child.stdio[3] as Readable | null)?.setEncoding("utf8").on("data", (text: string) => {
      told = `${told}${text}`.slice(0, 100);
    });
    this.stderr.on("data", (args: Buffer | string) => {
      if (told === "") complaint = `${complaint}${args}`.slice(-ERROR_TAIL);
    });
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      let closing: NodeJS.Timeout | undefined;
      child.once("exit", () => {
        try {
          // What it has left running may hold its streams.
          if (uid !== undefined) endAll(uid);
        } catch (error) {
          reject(error);
        }
        closing = setTimeout(() => {
          this.stdout.destroy();
          this.stderr.destroy();
        }, CLOSE_MS);
      });
      child.once("close", (code, signal) => {
        clearTimeout(closing);
        try {
          reclaimFolder(folder);
        } catch (error) {
          return reject(error);
        }
        const status = /ended (\d+)/.exec(told)?.[1];
        if (!this.#inner || signal) resolve({ code, killed: signal !== null });
        else if (status) resolve({ code: Number(status) >> 8, killed: (Number(status) & 127) !== 0 });
        // The first process, and with it all of them, was killed.
        else if (told !== "") resolve({ code: null, killed: true });
        else reject(new Error(`The program could not be shut in: ${complaint.trim()}`));
      });
    });
    this.ended.catch(() => undefined); // whoever asks is told
  }

  /** Of the program itself, not of what it was started by; undefined before it runs. */
  get pid(): number | undefined {
    if (!this.#inner) return this.#child.pid;
    this.#pid ??= firstChildOf(firstChildOf(this.#child.pid));
    return this.#pid;
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    if (!this.#inner) return void this.#child.kill(signal);
    const { pid } = this;
    if (signal === "SIGTERM" && pid !== undefined) return void sendSignal(pid, signal);
    // With the first process all others end.
    const first = firstChildOf(this.#child.pid);
    this.#child.kill("SIGKILL");
    if (first !== undefined) sendSignal(first, "SIGKILL");
  }
}

/** Starts a program with no more than `confinement` says. Throws when it is not there or may not be run. */
export async function confine(program: string, args: readonly string[], confinement: Confinement): Promise<Confined> {
  return new Confined(program, args, confinement, await findSandboxSupport(works));
}

/** Whether a program that is confined in this way can do its work. */
async function works(means: SandboxSupport, folder: string): Promise<boolean> {
  try {
    const script = `test "$(pwd)" = "$1" && echo . > here && test "$(cat < here | cat)" = .`;
    const limits = { folder, network: false, memoryMib: 1024, fileBytes: MIB };
    const tried = new Confined("/bin/sh", ["-c", script, "sh", folder], limits, means);
    tried.stdout.resume();
    tried.stderr.resume();
    return (await tried.ended).code === 0;
  } catch {
    return false; // whatever the reason, it can't be had here
  }
}

/** What stands before the program's own words. */
function wrapping(program: string, confinement: Confinement, means: SandboxSupport, uid: number | undefined): string[] {
  const { folder, reads = [], network, memoryMib, addressMib = memoryMib, fileBytes } = confinement;
  if (!means.limits) return [];
  const { namespaces } = means;
  const limits = [
    ...["prlimit", "--core=0", `--data=${memoryMib * MIB}`, `--as=${addressMib * MIB}`, `--fsize=${fileBytes}`],
    ...(means.processes ? [`--nproc=${MAX_PROCESSES}`] : []),
  ];
  return [
    ...(namespaces
      ? [
          // What is killed with this process is `unshare`, and the program with that.
          ...["setpriv", "--pdeathsig", "KILL", "unshare"],
          ...(namespaces === "user" ? ["--user", "--map-current-user", "--keep-caps"] : []),
          ...["--mount", "--pid", "--ipc", "--uts", ...(network ? [] : ["--net"]), "--fork", "--kill-child", "--"],
          ...rootCommand(program, folder, reads),
        ]
      : []),
    ...limits,
    ...["setpriv", ...(uid === undefined ? [] : ["--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups"])],
    ...["--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all"],
    ...(uid !== undefined || namespaces ? ["--bounding-set=-all"] : []),
    ...["--pdeathsig", "KILL", "--", ...(namespaces ? FIRST_COMMAND : [])],
  ];
}

/** Ends what a program has left running, all at once so that it can't go on by multiplying. */
function endAll(uid: number): void {
  for (let tries = 0; processesOf(uid).length > 0; tries++) {
    if (tries === 100) throw new Error("A program has left processes that can't be ended.");
    const user = ["--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all"];
    spawnSync("setpriv", [...user, "--", "/bin/sh", "-c", "kill -KILL -1"], { stdio: "ignore", timeout: 5000 });
  }
}

function firstChildOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]) || undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) {
      return undefined;
    }
    throw error;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
