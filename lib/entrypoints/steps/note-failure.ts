import { noteFailure } from "#lib/workflow/note-failure.ts";
import { FailureInput } from "#lib/workflow/run.schema.ts";
import { step } from "../system-handler.ts";

export const handler = step(FailureInput, noteFailure, {});
