import { ExecutionAlreadyExists, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { resources } from "#lib/adapters/resources.ts";
import { sfn } from "#lib/adapters/sfn.ts";
import type { RunRow } from "./run.store.ts";

/** Step Functions keeps names unique for 90 days, so a run is started once, even if the start is repeated. */
export const executionName = ({ transferId, wave, tries }: RunRow): string => `${transferId}-${wave}-${tries}`;

/** Starts the execution of a run. `ended`: it was started before and has ended. */
export async function startExecution(run: RunRow): Promise<"running" | "ended"> {
  const { workspaceId, transferId, wave } = run;
  try {
    await sfn().send(
      new StartExecutionCommand({
        stateMachineArn: resources.workflow,
        name: executionName(run),
        input: JSON.stringify({ workspaceId, transferId, wave }),
      }),
    );
    return "running";
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return "ended";
    throw error;
  }
}
