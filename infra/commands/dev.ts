/**
 * `npm run dev`: like `npm start`, but pages are served by `next dev`, and functions are bundled again when a source
 * changes.
 */
import { join } from "node:path";
import { childEnvironment, endChild, exitOf, spawnGuarded } from "../local/core/child-process.ts";
import { connectTo, reachable } from "../local/core/listen.ts";
import type { EngineStatus } from "../local/core/supervisor.ts";
import { type Environment, functionVariables } from "../local/environment.ts";
import { loadEnvironment } from "../local/load-environment.ts";
import { roleVariables } from "../local/roles.ts";
import { watchFunctions } from "./bundle.ts";
import { end, greet, PROJECT, runCloud } from "./run-cloud.ts";
import { bundleServiceWorker } from "./service-worker.ts";
import { none } from "./usage.ts";

type DevServer = {
  status: () => EngineStatus;
  close: () => Promise<void>;
  exited: Promise<void>;
  /** Folder of the other functions' bundles, which are rebuilt as well. */
  functions: string;
  onChange: (listener: () => void) => void;
};

const START_TIMEOUT_MS = 60_000;

/** Resolves when it is done, or runs until `end`. Throws UsageError, and CommandError for what a person must change. */
export async function run(args: string[]): Promise<void> {
  none(args);
  const environment = loadEnvironment(PROJECT);
  await runCloud(environment, async () => {
    const server = await startDevServer(PROJECT, environment);
    void server.exited.then(() => end(1));
    return server;
  });
  await greet(environment);
}

/** Resolves when it accepts requests. */
async function startDevServer(project: string, environment: Environment): Promise<DevServer> {
  const { home, port } = environment;
  const functions = join(home, "dev", "functions");
  let renew = (): void => undefined;
  await bundleServiceWorker(project);
  const watch = await watchFunctions(project, functions, () => renew());
  const child = spawnGuarded(
    join(project, "node_modules", ".bin", "next"),
    ["dev", "--port", String(port), "--hostname", "localhost"],
    {
      cwd: project,
      env: childEnvironment({
        ...functionVariables(environment),
        ...roleVariables(environment, "web"),
        NEXT_TELEMETRY_DISABLED: "1",
      }),
      output: "inherit",
    },
  );
  const pids = child.pid ? [child.pid] : [];
  const exited = exitOf(child);
  await reachable(() => connectTo("localhost", port), exited, START_TIMEOUT_MS);
  return {
    status: () => ({ name: "next dev", state: "awake", pids, inFlight: 0 }),
    async close() {
      await Promise.all([endChild(child, { graceMs: 1000 }), watch.close()]);
    },
    exited,
    functions,
    onChange(listener) {
      renew = listener;
    },
  };
}
