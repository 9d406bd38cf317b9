import { PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { db } from "#lib/db/service.ts";
import { chunkOf } from "#lib/files/file.entity.ts";
import { type FileRow, getFileRow } from "#lib/files/file.store.ts";
import { keyOf } from "#lib/files/object.store.ts";
import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { FileKind } from "#lib/kernel/file-kind.ts";
import { newId } from "#lib/kernel/id.ts";
import { CountingMeter } from "#lib/metering/meter.ts";
import type { StepView } from "../run.schema.ts";
import type { TaskInput } from "../task.schema.ts";
import { type TaskClient, taskClient } from "../task-client.ts";
import { ticketOf } from "../task-ticket.ts";

/** A stored file of a wave; without `bytes` it has a row but no object. */
export type WaveFile = { path: string; bytes?: Uint8Array; size?: number; kind?: FileKind };

export type Wave = {
  ref: { workspaceId: string; transferId: string; wave: number };
  ctx: Ctx;
  /** What a step's container gets, for the whole wave or for its batch. */
  client(state: string, batch?: number): TaskClient;
  file(ordinal: number): Promise<FileRow>;
  step(state: string, batch?: number): Promise<Omit<StepView, "state" | "batch"> | undefined>;
};

/** A transfer in a new workspace, with files in S3 and a run that covers them; all files are in batch 0. */
export async function makeWave(files: WaveFile[]): Promise<Wave> {
  const ref = { workspaceId: newId("ws"), transferId: newId("tr"), wave: 1 };
  const { workspaceId, transferId } = ref;
  const rows = files.map(({ path, bytes, size, kind = "other" }, ordinal): FileRow => {
    const length = size ?? bytes?.length ?? 0;
    const where = { workspaceId, transferId, ordinal, chunk: chunkOf(ordinal) };
    return { ...where, path, size: length, type: "", partSize: 5 * 1024 ** 2, state: "stored", batch: "b", kind };
  });
  await db().entities.file.put(rows).go({ concurrency: 4 });
  for (const row of rows) {
    const Body = files[row.ordinal]?.bytes;
    if (Body) await s3().send(new PutObjectCommand({ Bucket: resources.uploads, Key: keyOf(row), Body }));
  }
  const ordinals = files.length === 1 ? "0" : `0-${files.length - 1}`;
  await db()
    .entities.run.create({
      ...ref,
      state: "running",
      ordinals,
      files: files.length,
      taskSecret: "a secret of this run",
      batches: [{ kind: files[0]?.kind ?? "other", ordinals }],
      policy: "before",
      tries: 1,
      startedAt: new Date().toISOString(),
    })
    .go();
  return {
    ref,
    ctx: { actor: { kind: "system", workspaceId }, clock: systemClock, meter: new CountingMeter() },
    client: (state, batch) => taskClient(taskInput(ref, state, batch)),
    file: (ordinal) => getFileRow({ workspaceId, id: transferId }, ordinal),
    async step(state, batch = 0) {
      return (
        (
          await db()
            .entities.step.get({ ...ref, state, batch })
            .go()
        ).data ?? undefined
      );
    },
  };
}

export const taskInput = (ref: Wave["ref"], state: string, batch?: number): TaskInput => ({
  ...{ ...ref, state, ticket: ticketOf("a secret of this run", { state, batch }) },
  ...(batch === undefined ? {} : { batch }),
});
