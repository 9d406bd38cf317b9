import { previewBatch } from "#lib/workflow/preview-batch.ts";
import { BatchInput } from "#lib/workflow/run.schema.ts";
import { step } from "../system-handler.ts";

export const handler = step(BatchInput, previewBatch, { transcode: false, ticket: "" });
