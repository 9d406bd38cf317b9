/**
 * Programs in Linux namespaces of their own: a network of which nothing is seen outside, and from where nothing outside is
 * reached, and if asked for a file system and a process list of their own. An ordinary user may make them.
 *
 * What goes in and out needs no copying: sockets belong to the namespace that they were opened in, and may be handed over.
 * namespace.pl opens them inside and sends them here as Node's own child processes do: those that listen, so that a
 * server here takes what connects to 127.0.0.1 in there; and those that are connected to a program in there. It is Perl
 * because it makes system calls that Node has no words for, and because Debian and Ubuntu always have it.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childEnvironment, exitOf, spawnGuarded } from "./child-process.ts";
import { forwarderTo } from "./listen.ts";

/** A port of 127.0.0.1 inside the namespace whose connections a server of this process serves. */
export type ForwardedPort = { port: number; server: Server | HttpServer };

export type Files = {
  /** What the program sees, at the same path and read-only. Paths that do not exist are left out. */
  read: readonly string[];
  /** The folder that the program sees as /tmp. */
  temporary: string;
};

export type Confinement = {
  forwardedPorts?: readonly ForwardedPort[];
  /** Whether this process will connect to ports inside the namespace. */
  connectsInside?: boolean;
  /** Without `files` the program sees this machine's files and processes. */
  files?: Files;
};

export type Confined = {
  child: ChildProcess;
  /** Connects to a port of 127.0.0.1 inside the namespace. Rejects with ECONNREFUSED while nothing listens there. */
  connect(port: number): Promise<Socket>;
};

type Report = { port: number } | { connected: number } | { refused: number } | { failed: string };

const PERL = "/usr/bin/perl";
const SCRIPT = fileURLToPath(new URL("namespace.pl", import.meta.url));
const PROBE_MS = 10_000;
/** The user id of the program when root has started it: one without any rights. */
const NOBODY = 65_534;
/** What programs need of the system in order to run, without its secrets, such as /etc/shadow. */
const SYSTEM = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"],
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "passwd", "group", "nsswitch.conf", "hosts"].map(
    (name) => `/etc/${name}`,
  ),
  ...["localtime", "mime.types", "fonts", "ssl/certs", "ssl/openssl.cnf"].map((name) => `/etc/${name}`),
];

/**
 * Starts a program confined, guarded as by spawnGuarded. If that is impossible, the program exits with 125 and `say`
 * has been told why.
 */
export function spawnConfined(
  command: string,
  words: readonly string[],
  options: { confinement: Confinement; cwd?: string; env?: NodeJS.ProcessEnv; say: (line: string) => void },
): Confined {
  const { confinement, cwd, env, say } = options;
  const { forwardedPorts = [], connectsInside = false, files } = confinement;
  const uid = process.getuid?.() || NOBODY;
  const gid = process.getgid?.() || NOBODY;
  const args = [
    ...["uid", String(uid), "gid", String(gid)],
    ...forwardedPorts.flatMap(({ port }) => ["listen", String(port)]),
    ...(connectsInside ? ["broker", "yes"] : []),
    ...(files ? ["tmp", files.temporary, ...[...SYSTEM, ...files.read].flatMap((path) => ["read", path])] : []),
    ...(cwd ? ["cwd", cwd] : []),
  ];
  const child = spawnGuarded(PERL, [SCRIPT, ...args, "--", command, ...words], {
    ...(cwd ? { cwd } : {}),
    ...(env ? { env } : {}),
    channel: true,
  });
  const listeners: Server[] = [];
  const waiting = new Map<number, PromiseWithResolvers<Socket>>();
  child.on("message", (report: Report, handle) => {
    if ("port" in report) {
      const forwarded = forwardedPorts.find(({ port }) => port === report.port);
      if (forwarded) listeners.push(forwarderTo(forwarded.server).listen(handle));
    } else if ("connected" in report) {
      const socket = handle as Socket;
      waiting.get(report.connected)?.resolve(socket.setNoDelay(true));
      waiting.delete(report.connected);
    } else if ("refused" in report) {
      waiting.get(report.refused)?.reject(Object.assign(new Error("It refuses"), { code: "ECONNREFUSED" }));
      waiting.delete(report.refused);
    } else {
      say(`It can't be confined: ${report.failed}`);
    }
  });
  child.once("disconnect", () => {
    for (const { reject } of waiting.values()) reject(new Error("It has ended"));
    waiting.clear();
    // Nothing can connect any more, so the program is ended; its user starts it anew.
    if (connectsInside) child.kill("SIGKILL");
  });
  void exitOf(child).then(() => {
    for (const listener of listeners) listener.close();
  });
  let requests = 0;
  return {
    child,
    connect(port) {
      const answer = Promise.withResolvers<Socket>();
      if (!child.connected) return Promise.reject(new Error("It has ended"));
      requests += 1;
      waiting.set(requests, answer);
      child.send({ connect: requests, port }, (error) => error && answer.reject(error));
      return answer.promise;
    },
  };
}

let found: Promise<string | undefined> | undefined;

/** Why programs can't be confined on this system, or undefined if they can be. Tried once. */
export function whyUnconfined(): Promise<string | undefined> {
  found ??= tryOut();
  return found;
}

async function tryOut(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return `${process.platform} on ${process.arch}`;
  if (!existsSync(PERL)) return `there is no ${PERL}`;
  const temporary = mkdtempSync(join(tmpdir(), "dormouse-trial-"));
  let why: string | undefined;
  const say = (line: string): void => {
    why = line;
  };
  const confinement = { forwardedPorts: [{ port: 1, server: createServer() }], files: { read: [], temporary } };
  const { child } = spawnConfined("/bin/true", [], { confinement, env: childEnvironment({}), say });
  const slow = setTimeout(() => child.kill("SIGKILL"), PROBE_MS);
  // The error output may arrive after the process has ended.
  await Promise.all([exitOf(child), once(child, "disconnect")]);
  clearTimeout(slow);
  rmSync(temporary, { recursive: true, force: true });
  return child.exitCode === 0 ? undefined : (why ?? "the trial failed");
}
