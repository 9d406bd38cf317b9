/** How far this machine can confine a program. It is tried out once. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canBuildRoot } from "./confined-root.ts";

/**
 * `user`: the program runs as a user of its own. `namespaces`: it has processes, files and a network of its own, by
 * this process's own right or by a user namespace, which every user may create. `processes`: their number can be
 * limited. `limits`: memory and files can be limited.
 */
export type SandboxSupport = { user: boolean; namespaces?: "own" | "user"; processes: boolean; limits: boolean };

const NO_SUPPORT: SandboxSupport = { user: false, processes: false, limits: false };

/** As Linux numbers them. */
const CAPABILITY = { chown: 0, kill: 5, setgid: 6, setuid: 7, setpcap: 8, sysChroot: 18, sysAdmin: 21 };

/** What may work here, the strongest first. */
function candidates(): SandboxSupport[] {
  if (process.platform !== "linux") return [];
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0}`);
  const can = (...names: (keyof typeof CAPABILITY)[]) =>
    names.every((name) => (effective >> BigInt(CAPABILITY[name])) & 1n);
  const user = can("chown", "kill", "setgid", "setuid", "setpcap");
  const rest = { processes: true, limits: true };
  const all: SandboxSupport[] = [
    ...(user && can("sysAdmin", "sysChroot") ? [{ user, namespaces: "own" as const, ...rest }] : []),
    ...(user ? [{ user, ...rest }] : []),
    { user: false, namespaces: "user", ...rest },
    // Before Linux 5.14 all processes of the user count, in every namespace.
    { user: false, namespaces: "user", ...rest, processes: false },
    { user: false, processes: false, limits: true },
  ];
  return all.filter(({ namespaces }) => !namespaces || canBuildRoot());
}

let found: Promise<SandboxSupport> | undefined;

/** `tries` tells whether a program that is confined in this way could do its work in that folder. */
export function findSandboxSupport(
  tries: (means: SandboxSupport, folder: string) => Promise<boolean>,
): Promise<SandboxSupport> {
  found ??= find(tries);
  return found;
}

async function find(tries: (means: SandboxSupport, folder: string) => Promise<boolean>): Promise<SandboxSupport> {
  for (const means of candidates()) {
    const folder = mkdtempSync(join(tmpdir(), "dormouse-means-"));
    try {
      if (!(await tries(means, folder))) continue;
      if (!means.user && !means.namespaces) warn();
      return means;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  warn();
  return NO_SUPPORT;
}

/** If this program is confined itself, the programs that it starts have no more rights than it has. */
const warn = () =>
  process.env.DORMOUSE_CONFINED === "yes" ||
  console.warn(
    "This system lets no program be shut in: what reads the files of strangers (ffmpeg, ClamAV) runs with all of this user's rights. See docs/security.md.",
  );
