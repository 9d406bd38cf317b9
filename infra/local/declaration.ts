/**
 * Everything that the local cloud is told of what it runs: the same functions, tasks, rules and names that the
 * deployment to AWS declares. It knows nothing else of the project, so another project's declaration could replace this
 * one.
 */

export { table } from "#lib/db/indexes.ts";
export type { Keys, Purpose } from "#lib/kernel/keys.ts";
export { makeKey, PURPOSES, readKeys, writeKeys } from "#lib/kernel/keys.ts";
export { WORKFLOW_FUNCTIONS, WORKFLOW_TASKS, workflowDefinition } from "#lib/workflow/definition.ts";
export type { Cors, HttpApi } from "../api-rules.ts";
export { corsFor, httpApi } from "../api-rules.ts";
export { CACHED_MS, cachedByDefault, neverCached } from "../error-responses.ts";
export type { FunctionDeclaration, TaskDeclaration } from "../function-list.ts";
export {
  ASYNC_RETRIES,
  consumers,
  functionList,
  STREAM_RETRIES,
  streamFilter,
  sweepSchedule,
  taskList,
} from "../function-list.ts";
export { SECURITY_HEADERS } from "../security-headers.ts";
export { readSettings } from "../settings.ts";
export { derivedRules, policyDocument, uploadRules } from "../upload-rules.ts";
export { VIEWER_ADDRESS } from "../viewer-address.ts";
export { webFunction, webVariables } from "../web-function.ts";
