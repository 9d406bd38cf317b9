/** `next dev` in place of the built app: the same environment, reloaded as the sources change. */
import { join } from "node:path";
import { childEnvironment, endChild, exitOf, spawnGuarded } from "./child-process.ts";
import { type Environment, functionVariables } from "./environment.ts";
import { reachable } from "./listen.ts";
import type { EngineStatus } from "./supervisor.ts";

export type DevServer = { status: () => EngineStatus; close: () => Promise<void>; exited: Promise<void> };

const START_TIMEOUT_MS = 60_000;

/** Resolves when it takes requests. */
export async function startDevServer(project: string, environment: Environment): Promise<DevServer> {
  const { port } = environment;
  const child = spawnGuarded(
    join(project, "node_modules", ".bin", "next"),
    ["dev", "--port", String(port), "--hostname", "localhost"],
    {
      cwd: project,
      env: childEnvironment({ ...functionVariables(environment), NEXT_TELEMETRY_DISABLED: "1" }),
      output: "inherit",
    },
  );
  const pids = child.pid ? [child.pid] : [];
  const exited = exitOf(child);
  await reachable("localhost", port, exited, START_TIMEOUT_MS);
  return {
    status: () => ({ name: "next dev", state: "awake", pids, inFlight: 0 }),
    close: () => endChild(child, { graceMs: 1000 }),
    exited,
  };
}
