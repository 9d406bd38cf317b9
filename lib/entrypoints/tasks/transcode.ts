/** The container that makes posters, clips and playable copies of a batch of videos. */
import { transcodeBatch } from "#lib/workflow/transcode-batch.ts";
import { runTask } from "./run-task.ts";

process.exit(await runTask(transcodeBatch));
