import { Entity } from "electrodb";

/** What a step of a run has to say of itself: since when, how far, how often tried, and what went wrong. */
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
    /** The file that this try is at work on, by its ordinal; only where one is dear enough to be noted. */
    at: { type: "number" },
    /** Files during which earlier tries ended without a word, once for each time. */
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
