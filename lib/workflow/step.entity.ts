import { Entity } from "electrodb";

/** What is known of a run's step: when it began, how far it is, how many tries it had, and what went wrong. */
export const StepEntity = new Entity({
  model: { service: "dormouse", entity: "step", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    wave: { type: "number", required: true, padding: { length: 5, char: "0" } },
    /** Its name in the state machine. */
    state: { type: "string", required: true },
    /** 0 for a step that runs once. */
    batch: { type: "number", required: true, padding: { length: 5, char: "0" } },
    /** Whether it runs once for each batch. */
    batched: { type: "boolean", required: true },
    outcome: { type: ["running", "succeeded", "skipped", "failed"] as const, required: true },
    attempts: { type: "number", required: true },
    startedAt: { type: "string", required: true },
    finishedAt: { type: "string" },
    done: { type: "number" },
    total: { type: "number" },
    message: { type: "string" },
    /** The ordinal of the file that this try is working on; only written if the work on a file is expensive. */
    at: { type: "number" },
    /** Files during which earlier tries ended unexpectedly, once for each time. */
    blamed: { type: "list", items: { type: "number" } },
  },
  indexes: {
    inRun: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId", "wave"],
        template: "ws#${workspaceId}#transfer#${transferId}#run#${wave}",
        casing: "none",
      },
      sk: { field: "sk", composite: ["state", "batch"], template: "step#${state}#${batch}", casing: "none" },
    },
  },
});
