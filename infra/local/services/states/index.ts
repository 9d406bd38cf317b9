/** Step Functions, with the delivery workflow. */
import { join } from "node:path";
import type { LocalCloud } from "../../service.ts";
import * as ecs from "../ecs/index.ts";
import * as lambda from "../lambda/index.ts";
import { localDefinition } from "./local-definition.ts";
import { createStepFunctions } from "./step-functions.ts";

/** Containers start at once here, so a missing heartbeat is noticed sooner than on AWS. */
const HEARTBEAT_SECONDS = 120;

export async function open({ environment, web, ledger, say, use }: LocalCloud) {
  const { home, region } = environment;
  const { invoke } = await use(lambda);
  const { runTask } = await use(ecs);
  const states = createStepFunctions({
    file: join(home, "data", "workflow", "states.sqlite"),
    definition: localDefinition(region, HEARTBEAT_SECONDS),
    region,
    invokeFunction: invoke,
    runTask,
    ledger,
    onError: say,
  });
  return {
    ...states,
    start() {
      // Without functions every execution would fail.
      if (web) states.resume();
    },
  };
}
