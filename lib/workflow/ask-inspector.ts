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

/** The inspector's error when S3 did not answer, which is not the file's fault. */
const UNREACHABLE = "SourceUnreachable";

/** The types of files, in their order, or `undefined` if one of them ended the inspector. */
export async function detectTypes(files: FileToDetect[]): Promise<DetectAnswer | undefined> {
  const answer = await ask({ task: "detect", files }, DetectAnswer);
  return answer?.length === files.length ? answer : undefined;
}

/** A file's renditions, facts and notice, or `undefined` if the file ended the inspector. */
export const makePreview = (of: Omit<Extract<InspectRequest, { task: "preview" }>, "task">) =>
  ask({ task: "preview", ...of }, PreviewAnswer);

/**
 * Calls the inspector and checks its answer against the schema. Throws InspectorBusy when it could not be called now,
 * InspectorFailed when it could not read from S3.
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

/** All its instances are busy, or it was not called for weeks and Lambda sets up its network again. */
const isBusy = (error: unknown): boolean =>
  error instanceof TooManyRequestsException ||
  error instanceof ResourceNotReadyException ||
  error instanceof ResourceConflictException;
