/** ECS, with the workflow's containers. */
import { join } from "node:path";
import { openLogFile } from "../../core/log-file.ts";
import { taskList } from "../../declaration.ts";
import { functionVariables } from "../../environment.ts";
import { roleVariables } from "../../roles.ts";
import type { LocalCloud } from "../../service.ts";
import { createEcs } from "./ecs.ts";

export function open({ project, environment, ledger, isolation }: LocalCloud) {
  const { home, region, s3, services } = environment;
  const shutIn = isolation(s3.port, services.port);
  return createEcs({
    file: join(home, "data", "workflow", "tasks.sqlite"),
    project,
    declarations: taskList,
    environment: functionVariables(environment),
    own: (task) => roleVariables(environment, task),
    ...(shutIn ? { isolation: shutIn } : {}),
    region,
    ledger,
    log: openLogFile(join(home, "logs", "tasks.log")),
  });
}
