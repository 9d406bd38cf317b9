/** How far a program can be confined on this machine: found out once, by doing it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canBuildRoot } from "./confined-root.ts";

/**
 * `user`: it runs as a user of its own. `namespaces`: it has its own processes, files and network, by this process's own
 * right or by that which everyone has in a user namespace. `processes`: their number can be capped. `limits`: memory and
 * files can be.
 */
export type SandboxSupport = { user: boolean; namespaces?: "own" | "user"; processes: boolean; limits: boolean };

const NO_SUPPORT: SandboxSupport = { user: false, processes: false, limits: false };

/** As Linux numbers them. */
const CAPABILITY = { chown: 0, kill: 5, setgid: 6, setuid: 7, setpcap: 8, sysChroot: 18, sysAdmin: 21 };

/** What might work here, the strongest first. */
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
    // Before Linux 5.14 everything that the user runs counts, in every namespace.
    { user: false, namespaces: "user", ...rest, processes: false },
    { user: false, processes: false, limits: true },
  ];
  return all.filter(({ namespaces }) => !namespaces || canBuildRoot());
}

let found: Promise<SandboxSupport> | undefined;

/** `tries` tells whether a program that was so confined could do its work in that folder. */
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

/** In a program that is shut in itself, what it starts has no more than this program has. */
const warn = () =>
  process.env.DORMOUSE_CONFINED === "yes" ||
  console.warn(
    "This system lets no program be shut in: what reads the files of strangers (ffmpeg, ClamAV) runs with all of this user's rights. See docs/security.md.",
  );
