/** `next dev` in place of the built app: the same environment, reloaded as the sources change. */
import { join } from "node:path";
import { childEnvironment, endChild, exitOf, spawnGuarded } from "./child-process.ts";
import { type Environment, functionVariables } from "./environment.ts";
import type { EngineStatus } from "./supervisor.ts";

export type DevServer = { status: () => EngineStatus; close: () => Promise<void>; exited: Promise<void> };

export function startDevServer(project: string, environment: Environment): DevServer {
  const { port } = environment;
  const child = spawnGuarded(join(project, "node_modules", ".bin", "next"), ["dev", "--port", String(port), "--hostname", "localhost"], {
    cwd: project,
    env: childEnvironment({ ...functionVariables(environment), NEXT_TELEMETRY_DISABLED: "1" }),
    output: "inherit",
  });
  const pids = child.pid ? [child.pid] : [];
  return {
    status: () => ({ name: "next dev", state: "awake", pids, inFlight: 0 }),
    close: () => endChild(child, { graceMs: 1000 }),
    exited: exitOf(child),
  };
}
