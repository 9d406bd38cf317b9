import { publishRun } from "#lib/workflow/publish-run.ts";
import { StepInput } from "#lib/workflow/run.schema.ts";
import { step } from "../system-handler.ts";

export const handler = step(StepInput, publishRun, { opened: 0 });
