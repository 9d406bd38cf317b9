/** What an attacker who controls a container can get from the broker: only what its task is for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { updateFileRow } from "#lib/files/file.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { seededBytes } from "#lib/testing/send.ts";
import { serveTask } from "./serve-task.ts";
import type { TaskCall } from "./task.schema.ts";
import { ticketOf } from "./task-ticket.ts";
import { makeWave, taskInput, type Wave } from "./testing/wave.ts";

requireEngines();

const files = (kind: "video" | "other", count = 2) =>
  Array.from({ length: count }, (_, index) => ({ path: `${index}`, bytes: seededBytes(`serve ${index}`, 40), kind }));

/** One file in each of two batches. */
async function twoBatches(): Promise<Wave> {
  const wave = await makeWave(files("video"));
  const batches = ["0", "1"].map((ordinals) => ({ kind: "video" as const, ordinals }));
  await db().entities.run.patch(wave.ref).set({ batches }).go();
  return wave;
}

const ask = ({ ctx, ref }: Wave, of: { state: string; batch?: number }, call: TaskCall) => {
  const { ticket, ...task } = taskInput(ref, of.state, of.batch);
  return serveTask(ctx, { task, ticket, call });
};
const scan = { state: "Scan" };
const first = { state: "Transcode", batch: 0 };

test("a ticket is valid for its own task only: for no other step, batch, run or transfer", async () => {
  const [wave, other] = [await twoBatches(), await makeWave(files("video"))];
  const call: TaskCall = { do: "files", from: 0 };
  const { ticket, ...task } = taskInput(wave.ref, "Transcode", 0);
  const wrong = [
    { ...task, batch: 1 },
    { ...task, state: "Scan" },
    { ...wave.ref, state: "Transcode" },
    { ...taskInput(other.ref, "Transcode", 0), ...other.ref },
  ];
  for (const one of wrong) {
    const { ctx } = one.workspaceId === wave.ref.workspaceId ? wave : other;
    const { workspaceId, transferId, wave: number, state, batch } = { batch: undefined, ...one };
    const asked = { workspaceId, transferId, wave: number, state, batch };
    const given = one.workspaceId === wave.ref.workspaceId ? ticket : ticketOf("a guess", first);
    await assert.rejects(serveTask(ctx, { task: asked, ticket: given, call }), { code: "TicketRefused" });
  }
  await assert.rejects(serveTask(other.ctx, { task, ticket, call }), { code: "RunNotFound" });
  await assert.rejects(serveTask(wave.ctx, { task: { ...task, wave: 2 }, ticket, call }), { code: "RunNotFound" });
  assert.ok(await serveTask(wave.ctx, { task, ticket, call }));
});

test("a run without a secret has no valid tickets", async () => {
  const wave = await makeWave(files("other", 1));
  await db().entities.run.patch(wave.ref).remove(["taskSecret"]).go();
  const task = { ...wave.ref, state: "Scan" };
  for (const ticket of ["", ticketOf("", scan), ticketOf("undefined", scan)]) {
    await assert.rejects(serveTask(wave.ctx, { task, ticket, call: { do: "begin" } }), { code: "TicketRefused" });
  }
});

test("for a run that has ended nothing is returned and nothing is written", async () => {
  const wave = await makeWave(files("other", 1));
  await db().entities.run.patch(wave.ref).set({ state: "succeeded" }).go();
  const results = [{ ordinal: 0, found: { scan: "clean" as const } }];
  for (const call of [{ do: "url", ordinal: 0 }, { do: "scanned", results }, { do: "begin" }] as const) {
    await assert.rejects(ask(wave, scan, call as TaskCall), { code: "RunEnded" });
  }
  assert.equal((await wave.file(0)).scan, undefined);
});

test("a transcode container gets only the files of its batch, and can't write scan results", async () => {
  const wave = await twoBatches();
  const answer = (await ask(wave, first, { do: "files", from: 0 })) as { files: { ordinal: number }[] };
  assert.deepEqual(
    answer.files.map(({ ordinal }) => ordinal),
    [0],
  );
  const facts = { width: 1, height: 1 };
  const renditions = [{ name: "poster.webp" as const, bytes: 1, ...facts }];
  const ofAnother: TaskCall[] = [
    { do: "url", ordinal: 1 },
    { do: "put", ordinal: 1, name: "poster.webp", bytes: 1 },
    { do: "transcoded", ordinal: 1, renditions, facts },
    { do: "refused", ordinal: 1, notice: "no" },
    { do: "at", ordinal: 1 },
    { do: "scanned", results: [{ ordinal: 0, found: { scan: "clean" } }] },
  ];
  for (const call of ofAnother) await assert.rejects(ask(wave, first, call), { code: "NotYourFile" }, call.do);
  const [own, others] = [await wave.file(0), await wave.file(1)];
  assert.equal(own.scan, undefined);
  assert.deepEqual([others.renditions, others.notice], [undefined, undefined]);
});

test("a scan container can't write renditions, and gets no files of other runs", async () => {
  const wave = await makeWave(files("video"));
  await db().entities.run.patch(wave.ref).set({ ordinals: "0", files: 1 }).go();
  const beyond: TaskCall[] = [
    { do: "url", ordinal: 1 },
    { do: "scanned", results: [0, 1].map((ordinal) => ({ ordinal, found: { scan: "clean" as const } })) },
    { do: "put", ordinal: 0, name: "clip.mp4", bytes: 1 },
    { do: "refused", ordinal: 0, notice: "no" },
  ];
  for (const call of beyond) await assert.rejects(ask(wave, scan, call), { code: "NotYourFile" }, call.do);
  assert.equal((await wave.file(0)).scan, undefined, "of results with a file of another's none is written down");
});

test("an infected file stays infected, whatever is reported later", async () => {
  const wave = await makeWave(files("other", 1));
  const found = { scan: "infected" as const, threat: "Eicar", reason: "It has a virus." };
  await ask(wave, scan, { do: "scanned", results: [{ ordinal: 0, found }] });
  await ask(wave, scan, { do: "scanned", results: [{ ordinal: 0, found: { scan: "clean" } }] });
  const { scan: verdict, state } = await wave.file(0);
  assert.deepEqual([verdict, state], ["infected", "infected"]);
});

test("a file that was removed meanwhile is neither returned nor written", async () => {
  const wave = await makeWave(files("other", 1));
  await updateFileRow(await wave.file(0), ["stored"], { state: "cancelled" });
  const { files: told } = (await ask(wave, scan, { do: "files", from: 0 })) as { files: object[] };
  assert.deepEqual(told, [{ ordinal: 0, size: 40, type: "", skip: true }]);
  assert.equal(await ask(wave, scan, { do: "url", ordinal: 0 }), null);
  for (const found of [{ scan: "clean" as const }, "gone" as const])
    await ask(wave, scan, { do: "scanned", results: [{ ordinal: 0, found }] });
  const { scan: verdict, state, notice } = await wave.file(0);
  assert.deepEqual([verdict, state, notice], [undefined, "cancelled", undefined]);
});

test("text and numbers from a container must match a schema, and renditions a size limit", async () => {
  const wave = await makeWave(files("video", 1));
  const calls: unknown[] = [
    { do: "refused", ordinal: 0, notice: "two\nlines" },
    { do: "refused", ordinal: 0, notice: "x".repeat(401) },
    { do: "put", ordinal: 0, name: "../../other", bytes: 1 },
    { do: "put", ordinal: 0, name: "clip.mp4", bytes: -1 },
    { do: "transcoded", ordinal: 0, renditions: [], facts: { width: 1, height: 1 } },
    { do: "scanned", results: [{ ordinal: 0, found: { scan: "clean" }, state: "ready" }] },
    { do: "delete", ordinal: 0 },
  ];
  for (const call of calls) await assert.rejects(ask(wave, first, call as TaskCall), { name: "ZodError" });
  await assert.rejects(ask(wave, first, { do: "put", ordinal: 0, name: "clip.mp4", bytes: 300 * 1024 ** 2 }), {
    code: "NotYourFile",
  });
});
