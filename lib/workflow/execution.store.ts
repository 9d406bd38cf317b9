import { ExecutionAlreadyExists, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { resources } from "#lib/adapters/resources.ts";
import { sfn } from "#lib/adapters/sfn.ts";
import type { RunRow } from "./run.store.ts";

/** Names are unique for 90 days, so that a run starts once, however often it is asked for. */
export const executionName = ({ transferId, wave, tries }: RunRow): string => `${transferId}-${wave}-${tries}`;

/** Starts the execution of a run; `ended` when it was started before and has come to an end. */
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
