/** The router's control socket: it tells `npm run cloud -- ps` which engines run. */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { residentBytes } from "./core/child-process.ts";
import { groupBytes } from "./core/memory.ts";
import type { EngineStatus } from "./core/supervisor.ts";

export type CloudStatus = { pid: number; port: number; engines: EngineStatus[] };

/** Paths of unix sockets are limited to about 100 bytes. */
const MAX_PATH_BYTES = 100;

export function controlPath(home: string): string {
  const path = join(home, "run", "control.sock");
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  return join(tmpdir(), `dormouse-${createHash("sha256").update(home).digest("hex").slice(0, 16)}.sock`);
}

/** Serves the status. Replaces the socket of a router that has ended (the caller holds the lock on the home folder). */
export async function serveControl(home: string, status: () => CloudStatus): Promise<Server> {
  const path = controlPath(home);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(status()));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  chmodSync(path, 0o600);
  return server;
}

/** The status of the cloud that runs on this home folder, or undefined when none runs. */
export function readStatus(home: string): Promise<CloudStatus | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: controlPath(home), path: "/status" }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(JSON.parse(Buffer.concat(chunks).toString()) as CloudStatus);
    });
    outgoing.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    });
    outgoing.end();
  });
}

/** One row for each engine, with the memory of all its processes. */
export function describeEngines(status: CloudStatus) {
  const router: EngineStatus = { name: "router", state: "awake", pids: [status.pid], inFlight: 0 };
  return [router, ...status.engines].map((engine) => {
    // A guarded program leads a process group, which contains everything that it has started.
    const bytes = engine.pids.reduce((sum, pid) => sum + (groupBytes(pid) || (residentBytes(pid) ?? 0)), 0);
    return { ...engine, memoryBytes: bytes };
  });
}

export function formatStatus(status: CloudStatus, now = Date.now()): string {
  const ago = (at: number | undefined): string => (at === undefined ? "-" : `${Math.round((now - at) / 1000)} s ago`);
  const rows = describeEngines(status).map((engine) => [
    engine.name,
    engine.state,
    engine.pids.join(" ") || "-",
    engine.memoryBytes ? `${(engine.memoryBytes / 1024 / 1024).toFixed(0)} MiB` : "-",
    String(engine.inFlight),
    ago(engine.lastUsedAt),
  ]);
  const table = [["engine", "state", "pid", "memory", "in flight", "last use"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
