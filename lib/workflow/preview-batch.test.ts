import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, type TestContext, test } from "node:test";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { bundleFunctions } from "#infra/commands/bundle.ts";
import { parsers } from "#infra/function-list.ts";
import { ServiceError } from "#infra/local/core/aws-service.ts";
import { createFunctions } from "#infra/local/services/lambda/functions.ts";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { deleteFileObjects, keyOf, renditionKeyOf } from "#lib/files/object.store.ts";
import { ffmpeg, testInput, withoutFfmpeg } from "#lib/inspection/testing/ffmpeg.ts";
import { samplePdf } from "#lib/inspection/testing/pdfs.ts";
import { sampleJpeg } from "#lib/inspection/testing/pictures.ts";
import { sampleWav } from "#lib/inspection/testing/samples.ts";
import { type FileKind, handlingOf } from "#lib/kernel/file-kind.ts";
import { zip } from "#lib/scanning/testing/samples.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { handlers } from "#lib/testing/lambda.ts";
import { cancelFiles } from "#lib/uploads/cancel-files.ts";
import { checkRun } from "./check-run.ts";
import { previewBatch } from "./preview-batch.ts";
import type { BatchInput } from "./run.schema.ts";
import { assertForWorkflowOnly, makeRun, type TestRun } from "./testing/make-run.ts";

requireEngines();

const PROJECT = resolve(import.meta.dirname, "../..");

const STOPPED = "No preview was made of this file: the program that makes it ended unexpectedly over it, twice.";

type Files = Parameters<typeof makeRun>[0];

/** A checked run, with the input that the state machine gives to each of its batches. */
async function checked(files: Files): Promise<TestRun & { batches: BatchInput[] }> {
  const made = await makeRun(files);
  const { batches } = await checkRun(made.ws.system, made.step("Check"));
  return { ...made, batches: batches.map((one) => ({ ...made.step(stateOf(one.kind)), ...one })) };
}
const stateOf = (kind: FileKind): string => handlingOf(kind)?.state ?? "";

const names = ({ renditions }: FileRow): string[] => (renditions ?? []).map(({ name }) => name);

async function derived(file: FileRow, name: string): Promise<{ bytes: Buffer; type: string | undefined }> {
  const Key = renditionKeyOf(file, name);
  const { Body, ContentType } = await s3().send(new GetObjectCommand({ Bucket: resources.derived, Key }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), type: ContentType };
}

test("each kind gets its previews: pictures, a document's page and text, a text, an archive's list", async () => {
  const { ws, batches, files, said } = await checked([
    { path: "a.jpg", bytes: await sampleJpeg() },
    { path: "b.pdf", bytes: samplePdf() },
    { path: "c.txt", bytes: "The nuts are in the oak." },
    { path: "d.zip", bytes: await zip({ "e.txt": Buffer.from("e") }) },
  ]);
  assert.deepEqual(
    batches.map(({ kind }) => kind),
    ["picture", "document", "archive", "text"],
  );
  for (const batch of batches) assert.equal((await previewBatch(ws.system, batch)).transcode, false);
  const rows = await files();
  assert.deepEqual(rows.map(names), [
    ["thumb.webp", "view.webp"],
    ["page-1.webp", "text.txt"],
    ["text.txt"],
    ["entries.json"],
  ]);
  assert.deepEqual(
    rows.map(({ facts }) => facts),
    [{ width: 40, height: 60 }, { pages: 1 }, {}, { entries: 1 }],
  );
  for (const row of rows) {
    for (const { name, type, bytes } of row.renditions ?? []) {
      const object = await derived(row, name);
      assert.deepEqual([object.type, object.bytes.length], [type, bytes], `${row.path}: ${name}`);
    }
  }
  const picture = await said("Pictures");
  assert.deepEqual([picture?.outcome, picture?.batched, picture?.done, picture?.total], ["succeeded", true, 1, 1]);
});

test("a file that can't be previewed gets a notice with the reason, and is delivered all the same", async () => {
  const { ws, batches, files, file, said } = await checked([
    { path: "good.jpg", bytes: await sampleJpeg() },
    { path: "bad.jpg", bytes: (await sampleJpeg()).subarray(0, 300) },
    { path: "gone.jpg", bytes: await sampleJpeg() },
  ]);
  await deleteFileObjects([await file(2)]);
  for (const batch of batches) await previewBatch(ws.system, batch);
  const [good, bad, gone] = await files();
  assert.equal(good?.renditions?.length, 2);
  assert.match(bad?.notice ?? "", /damaged or incomplete/);
  assert.match(gone?.notice ?? "", /no longer in storage/);
  for (const one of [bad, gone]) assert.deepEqual([one?.state, one?.renditions ?? []], ["stored", []]);
  const step = await said("Pictures");
  assert.deepEqual([step?.outcome, step?.message], ["succeeded", "2 of 3 have no preview; each says why."]);
});

test("a notice that the type does not match the name is kept", async () => {
  const { ws, batches, file } = await checked([{ path: "a.pdf", bytes: (await sampleJpeg()).subarray(0, 300) }]);
  const { notice } = await file(0);
  assert.match(notice ?? "", /named as a PDF document/);
  for (const batch of batches) await previewBatch(ws.system, batch);
  assert.equal((await file(0)).notice, notice);
});

test("a fault outside the files fails the step; another try makes only what is missing", async () => {
  const { ws, batches, files, file, said } = await checked([
    { path: "a.txt", bytes: "A text." },
    { path: "b.txt", bytes: "Another." },
  ]);
  const [batch] = batches;
  assert.ok(batch);
  const put = async (Body: string) =>
    s3().send(new PutObjectCommand({ Bucket: resources.uploads, Key: keyOf(await file(1)), Body }));
  // S3 refuses to read a range of an empty object.
  await put("");
  await assert.rejects(previewBatch(ws.system, batch), { name: "PreviewsMissing" });
  assert.deepEqual((await files()).map(names), [["text.txt"], []]);
  const failed = await said("Documents");
  assert.deepEqual([failed?.outcome, failed?.message], ["failed", "One preview could not be made."]);
  await put("Another.");
  // If it were read again, its object would be missing.
  await deleteFileObjects([await file(0)]);
  const before = await file(0);
  await previewBatch(ws.system, batch);
  assert.deepEqual((await files()).map(names), [["text.txt"], ["text.txt"]]);
  assert.deepEqual(await file(0), before);
  const step = await said("Documents");
  assert.deepEqual([step?.outcome, step?.attempts], ["succeeded", 2]);
});

test("nothing is made for a file that was removed meanwhile", async () => {
  const { ws, id, batches, file } = await checked([{ path: "a.txt", bytes: "A text." }]);
  await cancelFiles(ws.as("owner"), { transferId: id, ordinals: [0] });
  for (const batch of batches) await previewBatch(ws.system, batch);
  const { state, renditions, notice } = await file(0);
  assert.deepEqual([state, renditions, notice], ["cancelled", undefined, undefined]);
});

test("videos are passed on to the container, with their known facts", { skip: await withoutFfmpeg() }, async () => {
  const bytes = await ffmpeg("a.mp4", testInput(1));
  const { ws, batches, file } = await checked([{ path: "a.mp4", bytes }]);
  const [batch] = batches;
  assert.ok(batch);
  assert.equal((await previewBatch(ws.system, batch)).transcode, true);
  const { facts } = await file(0);
  assert.deepEqual([facts?.width, facts?.height], [160, 120]);
});

let bundles: Promise<string> | undefined;
after(async () => bundles && rmSync(await bundles, { recursive: true, force: true }));

/** The bundled inspector, with a decoder that ends the process for the files in POISON. */
async function bundlePoisoned(): Promise<string> {
  mkdirSync(join(PROJECT, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(PROJECT, "node_modules/.cache/dormouse-test-"));
  await bundleFunctions(PROJECT, folder);
  renameSync(join(folder, "inspect/index.mjs"), join(folder, "inspect/real.mjs"));
  writeFileSync(
    join(folder, "inspect/index.mjs"),
    `const { POISON, ENDS_BY } = process.env;
     const isPoison = ({ url }) => POISON.split(",").some((end) => url.includes(end));
     export const handler = async (event) => {
       if ((event.files ?? [event]).some(isPoison)) {
         if (ENDS_BY === "exit") process.exit(1);
         for (const all = []; ; ) all.push(new Array(4_000_000).fill(all.length + 0.5));
       }
       return (await import("./real.mjs")).handler(event);
     };`,
  );
  return folder;
}

/** Inspects files in processes of their own, as Lambda does. */
async function poisonedInspector(t: TestContext, poison: string[], endsBy: "exit" | "memory"): Promise<void> {
  bundles ??= bundlePoisoned();
  // Isolation would remove the variable POISON; the end of the process is handled in the same way without it.
  const { isolated: _, ...declared } = parsers.inspect;
  const functions = createFunctions({
    bundles: await bundles,
    declarations: { inspect: { ...declared, memoryMb: 128, concurrency: 2 } },
    environment: { PATH: process.env.PATH ?? "", POISON: poison.join(), ENDS_BY: endsBy },
    region: "us-east-1",
    idleMs: 60_000,
    ledger: () => {},
    log: () => {},
  });
  const before = handlers.inspect;
  t.after(async () => {
    if (before) handlers.inspect = before;
    await functions.close();
  });
  handlers.inspect = async () => async (event) => {
    const { payload, failed } = await functions.invoke("inspect", event);
    const answer = JSON.parse(payload.toString());
    if (failed) throw Object.assign(new Error(answer.errorMessage), { name: answer.errorType });
    return answer;
  };
}

test("the bundled inspector opens what its threads read: documents, archives and sounds", async (t) => {
  const { ws, batches, files } = await checked([
    { path: "a.pdf", bytes: samplePdf() },
    { path: "b.zip", bytes: await zip({ "c.txt": Buffer.from("c") }) },
    { path: "d.wav", bytes: sampleWav() },
  ]);
  await poisonedInspector(t, ["no file"], "exit");
  for (const batch of batches) await previewBatch(ws.system, batch);
  assert.deepEqual(
    (await files()).map((file) => [names(file), file.facts, file.notice]),
    [
      [["page-1.webp", "text.txt"], { pages: 1 }, undefined],
      [["entries.json"], { entries: 1 }, undefined],
      [[], { seconds: 1 }, undefined],
    ],
  );
});

for (const endsBy of ["exit", "memory"] as const)
  test(`files that end the process by ${endsBy} lose their own previews, and the other files keep theirs`, async (t) => {
    const paths = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"];
    const { ws, id, batches, files, said } = await checked(paths.map((path) => ({ path, bytes: `The text ${path}.` })));
    const [batch] = batches;
    assert.ok(batch);
    await poisonedInspector(t, [`${id}/1?`, `${id}/4?`], endsBy);
    await previewBatch(ws.system, batch);
    assert.deepEqual(
      (await files()).map((file) => [names(file), file.notice]),
      paths.map((_, at) => (at === 1 || at === 4 ? [[], STOPPED] : [["text.txt"], undefined])),
    );
    assert.equal((await said("Documents"))?.message, "2 of 6 have no preview; each says why.");
  });

test("a file that ends the process while its type is detected does not affect the other files", async (t) => {
  const made = await makeRun(["a.txt", "b.txt", "c.txt"].map((path) => ({ path, bytes: "A text." })));
  await poisonedInspector(t, [`${made.id}/1?`], "exit");
  const plan = await checkRun(made.ws.system, made.step("Check"));
  assert.deepEqual(plan.batches, [{ batch: 0, kind: "text" }]);
  const [first, second, third] = await made.files();
  assert.deepEqual([first?.kind, second?.kind, third?.kind], ["text", "other", "text"]);
  assert.match(second?.notice ?? "", /could not be found out/);
});

test("an inspector that an attacker controls can change only its own file, within limits", async (t) => {
  const { ws, batches, files } = await checked(
    ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"].map((path) => ({ path, bytes: "A text." })),
  );
  const [batch] = batches;
  assert.ok(batch);
  const text = { name: "text.txt", body: "QQ==" };
  const made = { renditions: [text], facts: {} };
  const lies: unknown[] = [
    { made: { ...made, renditions: [{ ...text, name: "../1/view.webp" }] } },
    { made: { ...made, renditions: [{ ...text, body: "A".repeat(7_000_000) }] } },
    { made: { ...made, notice: "Call this number:\nnow" } },
    { made: { ...made, state: "ready", scan: "clean" } },
    { refused: "x", facts: { pages: -1 } },
  ];
  const before = handlers.inspect;
  t.after(() => {
    if (before) handlers.inspect = before;
  });
  handlers.inspect = async () => async (event) => {
    const ordinal = Number(/\/(\d+)\?/.exec((event as { url: string }).url)?.[1]);
    return lies[ordinal];
  };
  await previewBatch(ws.system, batch);
  assert.deepEqual(
    (await files()).map((file) => [names(file), file.notice, file.state]),
    lies.map(() => [[], STOPPED, "stored"]),
  );
});

test("when the inspector is busy the step is tried again, and no file gets a notice", async (t) => {
  const { ws, batches, file } = await checked([{ path: "a.txt", bytes: "A text." }]);
  const [batch] = batches;
  assert.ok(batch);
  const before = handlers.inspect;
  t.after(() => {
    if (before) handlers.inspect = before;
  });
  handlers.inspect = async () => {
    throw new ServiceError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
  };
  await assert.rejects(previewBatch(ws.system, batch), { name: "InspectorBusy" });
  assert.equal((await file(0)).notice, undefined);
});

test("only the workflow may make previews", async () => {
  const made = await checked([{ path: "a.txt", bytes: "A text." }]);
  const [batch] = made.batches;
  assert.ok(batch);
  await assertForWorkflowOnly(made, (ctx) => previewBatch(ctx, batch));
  assert.deepEqual(names(await made.file(0)), []);
});
