import { announceRun } from "#lib/workflow/announce-run.ts";
import { StepInput } from "#lib/workflow/run.schema.ts";
import { asSystem } from "../system-handler.ts";

/** The state Announce of the delivery workflow. */
export async function handler(event: unknown): Promise<unknown> {
  const input = StepInput.parse(event);
  return asSystem(input.workspaceId, (ctx) => announceRun(ctx, input));
}
