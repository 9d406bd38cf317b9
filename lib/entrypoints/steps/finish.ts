import { finishRun } from "#lib/workflow/finish-run.ts";
import { StepInput } from "#lib/workflow/run.schema.ts";
import { step } from "../system-handler.ts";

export const handler = step(StepInput, finishRun, {});
