/** The container that scans a wave of files for viruses. */
import { scanRun } from "#lib/workflow/scan-run.ts";
import { runTask } from "./run-task.ts";

process.exit(await runTask(scanRun));
