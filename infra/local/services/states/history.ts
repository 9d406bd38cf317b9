/** Events of an execution's history, with the API's names ("HistoryEvent" in the Step Functions API reference). */
import type { Json } from "../../core/json.ts";
import type { Failure } from "./failure.ts";

/** "An execution's history holds 25,000 entries; when it has 24,999, only its end may follow." */
export const MAX_EVENTS = 25_000;

const WHOLE = { truncated: false };

export const withInput = (input: Json) => ({ input: JSON.stringify(input), inputDetails: WHOLE });
export const withOutput = (output: Json) => ({ output: JSON.stringify(output), outputDetails: WHOLE });
export const withFailure = ({ error, cause }: Failure) => ({ error, ...(cause === undefined ? {} : { cause }) });
/** The history's names for the integration that starts a container. */
export const RUN_TASK_NAMES = { resourceType: "ecs", resource: "runTask.waitForTaskToken" };

/** Events without details. */
const BARE = new Set([
  "LambdaFunctionStarted",
  "MapStateSucceeded",
  "MapStateFailed",
  "MapStateAborted",
  "TaskStateAborted",
]);

/** `TaskStateEntered` has `stateEnteredEventDetails`, `TaskFailed` has `taskFailedEventDetails`. */
export function detailsOf(type: string, details: object): Record<string, unknown> {
  if (BARE.has(type)) return {};
  const stem = /State(Entered|Exited)$/.exec(type)?.[0] ?? type;
  return { [`${stem.charAt(0).toLowerCase()}${stem.slice(1)}EventDetails`]: details };
}
