/** The container that scans a wave of files for viruses. */
import { StepInput } from "#lib/workflow/run.schema.ts";
import { scanRun } from "#lib/workflow/scan-run.ts";
import { runTask } from "./run-task.ts";

process.exit(await runTask(StepInput, scanRun));
