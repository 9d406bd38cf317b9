/** Which programs of this machine listen on TCP, as `ss -ltnp` would show it, but without that program. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export type Listener = { pid: number; address: string; port: number };

const LISTENING = "0A";

/** What these processes listen on, in this test's network namespace. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const sockets = new Map([...readTable("tcp"), ...readTable("tcp6")].map(({ inode, ...at }) => [inode, at]));
  return pids.flatMap((pid) =>
    openSockets(pid).flatMap((inode) => {
      const at = sockets.get(inode);
      return at ? [{ pid, ...at }] : [];
    }),
  );
}

/** A process and all processes that it has started, directly or not. */
export function familyOf(first: number): number[] {
  const parents = processIds().map((pid) => [pid, parentOf(pid)] as const);
  const family = [first];
  for (const member of family) family.push(...parents.flatMap(([pid, parent]) => (parent === member ? [pid] : [])));
  return family;
}

function readTable(name: "tcp" | "tcp6"): { address: string; port: number; inode: string }[] {
  return (tryRead(() => readFileSync(`/proc/net/${name}`, "utf8")) ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTENING)
    .map((fields) => {
      const [address = "", port = ""] = (fields[1] ?? "").split(":");
      return { address: readAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? "" };
    });
}

/** Words of four bytes, each in the machine's byte order. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex").reverse()]);
  if (bytes.length === 4) return bytes.join(".");
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0)) ? "::1" : Buffer.from(bytes).toString("hex");
}

const openSockets = (pid: number): string[] =>
  (tryRead(() => readdirSync(`/proc/${pid}/fd`)) ?? []).flatMap(
    (fd) => /^socket:\[(\d+)\]$/.exec(tryRead(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "")?.[1] ?? [],
  );

export const processIds = (): number[] => readdirSync("/proc").map(Number).filter(Number.isInteger);

function parentOf(pid: number): number {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, "utf8")) ?? "";
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** Undefined for a process or file that has ended or been closed meanwhile. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}
