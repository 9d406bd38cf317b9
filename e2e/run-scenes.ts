/** Transfers whose deliveries stand at every point that people may see, written as the workflow's steps write them. */
import { putNumbers, putRun, putSteps } from "#lib/testing/runs.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";

export type Scene = { id: string; of: { workspaceId: string; transferId: string } };

/** ISO 8601, so many seconds from now. */
export const fromNow = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

const batches = (...kinds: string[]) =>
  kinds.map((kind, index) => ({ kind, ordinals: `${index * 100}-${index * 100 + 99}` }));
const PICTURES = Array.from({ length: 12 }, () => "picture");
export const SCANNER_GONE =
  "The virus scanner could not be reached three times in a row, so nothing of this run was published.";
export const TOO_MANY_PIXELS = "Two of its pictures have more pixels than are taken; they have no preview.";

/** Of a transfer without files, which starts no run of its own. */
export async function beforeFirstRun(workspace: TestWorkspace, title = "Not sent yet"): Promise<Scene> {
  const { id } = await createTransfer(workspace.as("owner"), { title });
  return { id, of: { workspaceId: workspace.id, transferId: id } };
}

/** Previews are being made of twelve batches of pictures and one of films; one of them has failed, one is at its second try. */
export async function withTwelveBatches(workspace: TestWorkspace): Promise<Scene> {
  const scene = await beforeFirstRun(workspace, "Summer in the hazel wood");
  await putNumbers(scene.of, { checking: 1204 });
  await putRun(scene.of, { startedAt: fromNow(-74), files: 1204, batches: batches(...PICTURES, "video", "document") });
  await putSteps(scene.of, [
    { state: "Check", startedAt: fromNow(-73), finishedAt: fromNow(-66), done: 1204, total: 1204 },
    ...[0, 1].map((batch) => ({
      state: "Pictures",
      batch,
      startedAt: fromNow(-65),
      finishedAt: fromNow(-40 + batch),
      done: 100,
      total: 100,
    })),
    {
      state: "Pictures",
      batch: 2,
      startedAt: fromNow(-64),
      finishedAt: fromNow(-30),
      outcome: "failed",
      message: TOO_MANY_PIXELS,
      done: 98,
      total: 100,
    },
    { state: "Pictures", batch: 3, startedAt: fromNow(-39), done: 62, total: 100, attempts: 2 },
    { state: "Pictures", batch: 4, startedAt: fromNow(-29), done: 7, total: 100 },
    { state: "Documents", batch: 13, startedAt: fromNow(-65), finishedAt: fromNow(-63.2), done: 3, total: 3 },
    { state: "Media", batch: 12, startedAt: fromNow(-65), finishedAt: fromNow(-61), done: 1, total: 1 },
    { state: "Transcode", batch: 12, startedAt: fromNow(-60), done: 0, total: 1 },
  ]);
  return scene;
}

export async function delivered(workspace: TestWorkspace): Promise<Scene> {
  const scene = await beforeFirstRun(workspace, "Delivered");
  await putNumbers(scene.of, { ready: 48 });
  await putRun(scene.of, {
    startedAt: fromNow(-400),
    finishedAt: fromNow(-331),
    state: "succeeded",
    files: 48,
    batches: batches("picture", "archive"),
  });
  await putSteps(scene.of, [
    { state: "Check", startedAt: fromNow(-400), finishedAt: fromNow(-398.4), done: 48, total: 48 },
    { state: "Pictures", batch: 0, startedAt: fromNow(-398), finishedAt: fromNow(-385), done: 47, total: 47 },
    {
      state: "Archives",
      batch: 1,
      startedAt: fromNow(-398),
      finishedAt: fromNow(-397),
      outcome: "skipped",
      message: "The archive is encrypted, so its entries can't be listed.",
    },
    { state: "Scan", startedAt: fromNow(-384), finishedAt: fromNow(-335), done: 48, total: 48, attempts: 2 },
    { state: "Publish", startedAt: fromNow(-335), finishedAt: fromNow(-333.5), done: 48, total: 48 },
    { state: "Announce", startedAt: fromNow(-333), finishedAt: fromNow(-331.5), done: 2, total: 2 },
    { state: "Finish", startedAt: fromNow(-331.5), finishedAt: fromNow(-331) },
  ]);
  return scene;
}

export async function failedInScan(workspace: TestWorkspace): Promise<Scene> {
  const scene = await beforeFirstRun(workspace, "Failed in the scan");
  await putNumbers(scene.of, { checking: 7 });
  await putRun(scene.of, {
    startedAt: fromNow(-900),
    finishedAt: fromNow(-700),
    state: "failed",
    files: 7,
    message: SCANNER_GONE,
    batches: batches("document"),
  });
  await putSteps(scene.of, [
    { state: "Check", startedAt: fromNow(-899), finishedAt: fromNow(-897), done: 7, total: 7 },
    { state: "Documents", batch: 0, startedAt: fromNow(-896), finishedAt: fromNow(-890), done: 7, total: 7 },
    {
      state: "Scan",
      startedAt: fromNow(-889),
      finishedAt: fromNow(-701),
      outcome: "failed",
      attempts: 3,
      message: SCANNER_GONE,
    },
    { state: "NoteFailure", startedAt: fromNow(-701), finishedAt: fromNow(-700.5) },
  ]);
  return scene;
}

/** Three runs: two are over, the third scans. */
export async function threeWaves(workspace: TestWorkspace): Promise<Scene> {
  const scene = await beforeFirstRun(workspace, "Three waves");
  await putNumbers(scene.of, { ready: 12, checking: 20 });
  for (const wave of [1, 2]) {
    const begin = -900 + wave * 200;
    const over = { startedAt: fromNow(begin), finishedAt: fromNow(begin + 30) };
    await putRun(scene.of, { wave, ...over, state: "succeeded", files: wave * 4, policy: "after" });
    await putSteps(
      { ...scene.of, wave },
      ["Check", "OpenUnscanned", "Scan", "Publish", "Announce", "Finish"].map((state, at) => ({
        state,
        startedAt: fromNow(begin + at * 5),
        finishedAt: fromNow(begin + at * 5 + 4),
      })),
    );
  }
  await putRun(scene.of, { wave: 3, startedAt: fromNow(-45), files: 20, policy: "after", batches: [] });
  await putSteps({ ...scene.of, wave: 3 }, [
    { state: "Check", startedAt: fromNow(-45), finishedAt: fromNow(-43) },
    { state: "OpenUnscanned", startedAt: fromNow(-42), finishedAt: fromNow(-40), done: 20, total: 20 },
    { state: "Scan", startedAt: fromNow(-39), done: 9, total: 20 },
  ]);
  return scene;
}
