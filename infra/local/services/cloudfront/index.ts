/** CloudFront, with the web function behind it where a build is deployed. */
import { join } from "node:path";
import { openLogFile } from "../../core/log-file.ts";
import { webFunction, webVariables } from "../../declaration.ts";
import { functionVariables } from "../../environment.ts";
import { roleVariables } from "../../roles.ts";
import type { LocalCloud, OpenService } from "../../service.ts";
import { createFunction } from "../lambda/runner.ts";
import { createDistribution } from "./distribution.ts";

/** As large as on AWS, but with fewer instances at once. */
const WEB_FUNCTION = {
  name: "web",
  handler: "index.handler",
  memoryMb: webFunction.memoryMb,
  timeoutMs: webFunction.timeoutSeconds * 1000,
  concurrency: 6,
};

export function open({ environment, web, ledger, say }: LocalCloud): OpenService {
  if (!web || !("deployment" in web)) return { status: () => [], close: async () => undefined };
  const { home, port, region, idleMs, inspect } = environment;
  const { deployment } = web;
  const file = openLogFile(join(home, "logs", "web.log"));
  const log = (stream: "stdout" | "stderr", line: string): void => {
    file(stream, line);
    if (stream === "stderr") say(`web: ${line}`);
  };
  const engine = createFunction(
    {
      ...WEB_FUNCTION,
      bundle: join(deployment, "server-functions", "default"),
      environment: { ...functionVariables(environment), ...roleVariables(environment, "web"), ...webVariables },
      region,
    },
    { idleMs, inspect, ledger, log },
  );
  const server = createDistribution({ build: deployment, web: engine, ledger, port, onError: say });
  return { ports: [{ port, server }], status: () => [engine.status()], close: engine.close };
}
