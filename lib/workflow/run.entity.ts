import { Entity } from "electrodb";
import { SCAN_POLICIES } from "#lib/kernel/choices.ts";

/**
 * One execution of the workflow, for a wave of a transfer's files. The row is written before the execution is started.
 */
export const RunEntity = new Entity({
  model: { service: "dormouse", entity: "run", version: "1" },
  attributes: {
    workspaceId: { type: "string", required: true },
    transferId: { type: "string", required: true },
    /** Counted from 1; padded in the key, so that runs are sorted. */
    wave: { type: "number", required: true, padding: { length: 5, char: "0" } },
    state: { type: ["running", "succeeded", "failed"] as const, required: true },
    /** The files that it covers, as ranges of ordinals: `0-99,105`. */
    ordinals: { type: "string", required: true },
    files: { type: "number", required: true },
    /** By number; each with its kind and its ordinals as ranges. Written by `check`. */
    batches: {
      type: "list",
      items: {
        type: "map",
        properties: {
          kind: { type: "string", required: true },
          ordinals: { type: "string", required: true },
        },
      },
    },
    /** Random, written by `check`: the tickets of the run's containers are derived from it. */
    taskSecret: { type: "string" },
    policy: { type: SCAN_POLICIES, required: true },
    /** Executions begun for it: one, and one more for each restart. Part of the execution's name. */
    tries: { type: "number", required: true },
    startedAt: { type: "string", required: true },
    finishedAt: { type: "string" },
    message: { type: "string" },
  },
  indexes: {
    inTransfer: {
      pk: {
        field: "pk",
        composite: ["workspaceId", "transferId"],
        template: "ws#${workspaceId}#transfer#${transferId}#runs",
        casing: "none",
      },
      sk: { field: "sk", composite: ["wave"], template: "run#${wave}", casing: "none" },
    },
  },
});
