/** The only module that starts programs which read strangers' bytes. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { FIRST_COMMAND, rootCommand } from "./confined-root.ts";
import { giveFolder, processesOf, reclaimFolder } from "./folder-owner.ts";
import { findSandboxSupport, type SandboxSupport } from "./sandbox-support.ts";

export type Confinement = {
  /**
   * Its working folder, home and temporary folder, and the only one that it can write to. Owned by the program's user
   * until it has ended.
   */
  folder: string;
  /** What it reads besides the system's programs. */
  reads?: readonly string[];
  /** Whether it needs the network; otherwise it gets none, where that is possible. */
  network: boolean;
  /** The most memory of its own, in MiB. */
  memoryMib: number;
  /** The most address space, in MiB, including mapped files; `memoryMib` by default. */
  addressMib?: number;
  /** The most bytes of each file that it writes. */
  fileBytes: number;
};

/** Processes and threads of a program; ffmpeg has two dozen. */
export const MAX_PROCESSES = 128;
/** No system has users of its own above a billion. Each run takes another id, so that it never meets an earlier run. */
const USERS = [1_000_000_000, 2_000_000_000] as const;
const MIB = 1024 ** 2;
const ERROR_TAIL = 500;
/** How long processes that a program has left running may still write to its streams, where they can't be ended. */
const CLOSE_MS = 5000;

/** The environment of a program that handles strangers' bytes: without any of our credentials. */
export const bareEnvironment = (folder: string): NodeJS.ProcessEnv =>
  // Guarantee: Next's types demand NODE_ENV of every environment; a program of the system knows no such variable.
  ({ PATH: process.env.PATH, LANG: "C.UTF-8", TMPDIR: folder, HOME: folder }) as unknown as NodeJS.ProcessEnv;

/** A confined program that is running or has ended. */
export class Confined {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * How it ended; resolves when its processes have ended and the folder is ours again. Rejects if it could not be
   * started.
   */
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
    // Not detached, so that whoever ends this task's process group ends it as well.
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
    // Guarantee: if there is a first process, it reports on a pipe.
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
          // Processes that it has left running may keep its streams open.
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
        // The first process was killed, and all others with it.
        else if (told !== "") resolve({ code: null, killed: true });
        else reject(new Error(`The program could not be shut in: ${complaint.trim()}`));
      });
    });
    this.ended.catch(() => undefined); // whoever asks is told
  }

  /** The process id of the program itself, not of the command that started it; undefined before it runs. */
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
    // All other processes end with the first one.
    const first = firstChildOf(this.#child.pid);
    this.#child.kill("SIGKILL");
    if (first !== undefined) sendSignal(first, "SIGKILL");
  }
}

/** Starts a program with no more rights than `confinement` says. Throws when it does not exist or may not be run. */
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

/** The command in front of the program and its own arguments. */
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
          // When this process ends, `unshare` is killed, and the program with it.
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

/** Ends the processes that a program has left running, all at once so that they can't start new ones. */
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
