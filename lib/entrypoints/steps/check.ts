import { checkRun } from "#lib/workflow/check-run.ts";
import { StepInput } from "#lib/workflow/run.schema.ts";
import { step } from "../system-handler.ts";

export const handler = step(StepInput, checkRun, { policy: "off", batches: [], files: 0, ticket: "" });
