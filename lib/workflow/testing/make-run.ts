import assert from "node:assert/strict";
import { db } from "#lib/db/service.ts";
import { type FileRow, getFileRow } from "#lib/files/file.store.ts";
import type { ScanPolicy } from "#lib/kernel/choices.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { executionName } from "../execution.store.ts";
import { reconcileTransfer } from "../reconcile-transfer.ts";
import type { FailureInput, StepInput } from "../run.schema.ts";
import { getRun, listRunRows, type RunRow } from "../run.store.ts";
import type { StepRow } from "../step.store.ts";

type SentFile = { path: string; bytes: string | Uint8Array };

export type TestRun = {
  ws: TestWorkspace;
  /** Of the transfer. */
  id: string;
  step(state: string, wave?: number): StepInput;
  send(...files: SentFile[]): Promise<void>;
  /** As an event would. */
  reconcile(): Promise<void>;
  transfer(): Promise<TransferRow>;
  run(wave?: number): Promise<RunRow>;
  /** State and try of each run, newest first. */
  runs(): Promise<string[]>;
  file(ordinal: number): Promise<FileRow>;
  files(): Promise<FileRow[]>;
  /** The rows of a step. */
  said(state: string, batch?: number): Promise<StepRow | undefined>;
};

/** A transfer in a new workspace whose files were sent, and the run that was begun for them. */
export async function makeRun(files: SentFile[], policy: ScanPolicy = "before"): Promise<TestRun> {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, {});
  const of = { workspaceId: ws.id, transferId: id };
  await db().entities.transfer.patch({ workspaceId: ws.id, id }).set({ scanPolicy: policy }).go();
  let sent = 0;
  let events = 0;
  const made: TestRun = {
    ws,
    id,
    step: (state, wave = 1) => ({ ...of, wave, state }),
    async send(...some) {
      for (const { path, bytes } of some) await sendFile(owner, id, sent++, path, Buffer.from(bytes));
    },
    reconcile: () => reconcileTransfer(ws.system, { transferId: id, token: `event-${++events}` }),
    async transfer() {
      const row = await findTransferRow(ws.id, id);
      assert.ok(row);
      return row;
    },
    run: (wave = 1) => getRun({ ...of, wave }),
    runs: async () => (await listRunRows(of, 100)).map(({ wave, state, tries }) => `${wave} ${state} ${tries}`),
    file: (ordinal) => getFileRow({ workspaceId: ws.id, id }, ordinal),
    files: () => Promise.all(Array.from({ length: sent }, (_, ordinal) => made.file(ordinal))),
    async said(state, batch = 0) {
      const key = { ...of, wave: 1, state, batch };
      return (await db().entities.step.get(key).go()).data ?? undefined;
    },
  };
  await made.send(...files);
  await made.reconcile();
  return made;
}

/** Asserts that only the workflow may run a step, and that the step finds nothing of another workspace. */
export async function assertForWorkflowOnly({ ws }: TestRun, step: (ctx: Ctx) => Promise<unknown>): Promise<void> {
  const other = await makeWorkspace();
  for (const ctx of [ws.as("owner"), ws.as("viewer"), ws.nobody])
    await assert.rejects(step(ctx), { name: "NotAllowed" });
  await assert.rejects(step(other.system), { name: "RunNotFound" });
}

/** What the state machine reports when a step of a run's current try failed. */
export async function failureOf({ step, run }: TestRun, wave = 1): Promise<FailureInput> {
  return {
    ...step("NoteFailure", wave),
    execution: executionName(await run(wave)),
    failed: "Run",
    error: { Error: "States.Timeout" },
  };
}
