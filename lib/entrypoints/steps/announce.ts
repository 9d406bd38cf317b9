import { announceRun } from "#lib/workflow/announce-run.ts";
import { StepInput } from "#lib/workflow/run.schema.ts";
import { step } from "../system-handler.ts";

export const handler = step(StepInput, announceRun, { outcome: "done", sentence: "The transfer is gone." });
