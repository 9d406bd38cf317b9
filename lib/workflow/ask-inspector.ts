import { ResourceConflictException, ResourceNotReadyException, TooManyRequestsException } from "@aws-sdk/client-lambda";
import type { z } from "zod";
import { invoke } from "#lib/adapters/invoke.ts";
import { resources } from "#lib/adapters/resources.ts";
import {
  DetectAnswer,
  type FileToDetect,
  type InspectRequest,
  PreviewAnswer,
} from "#lib/inspection/inspector.schema.ts";
import { InspectorBusy, InspectorFailed } from "./workflow.errors.ts";

/** Of a function that says that storage did not answer: no fault of the file. */
const UNREACHABLE = "SourceUnreachable";

/** The types of files, in their order, or `undefined` where one of them has broken the inspector. */
export async function detectTypes(files: FileToDetect[]): Promise<DetectAnswer | undefined> {
  const answer = await ask({ task: "detect", files }, DetectAnswer);
  return answer?.length === files.length ? answer : undefined;
}

/** What shows a file, or `undefined` where it has broken the inspector. */
export const makePreview = (of: Omit<Extract<InspectRequest, { task: "preview" }>, "task">) =>
  ask({ task: "preview", ...of }, PreviewAnswer);

/**
 * Calls the function that opens files, and believes what it answers as far as the schema goes. Throws InspectorBusy when
 * it could not be called now, InspectorFailed when it could not read.
 */
async function ask<T>(request: InspectRequest, schema: z.ZodType<T>): Promise<T | undefined> {
  const { answer, failed } = await invoke(resources.inspector, request).catch((cause: unknown) => {
    throw isBusy(cause) ? new InspectorBusy(cause) : cause;
  });
  if (failed === undefined) {
    const parsed = schema.safeParse(answer);
    if (!parsed.success) console.error("The inspector's answer is not as agreed.");
    return parsed.data;
  }
  if (failed === UNREACHABLE) throw new InspectorFailed();
  console.error(`The inspector ended with ${failed}.`);
  return undefined;
}

/** All its instances are at work; or it was not called for weeks, and its network has yet to be set up again. */
const isBusy = (error: unknown): boolean =>
  error instanceof TooManyRequestsException ||
  error instanceof ResourceNotReadyException ||
  error instanceof ResourceConflictException;
