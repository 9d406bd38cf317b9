/** What runs while nobody uses Dormouse: the router, and nothing else. */

import { readStatus } from "#infra/local/control.ts";
import { sampleJpeg, sampleText } from "#lib/inspection/testing/samples.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { expect, familyOf, restartDormouse, test, withNewDormouse } from "../fixtures.ts";

test("asleep there is one process, the router; the next page wakes what it needs", async ({}, info) => {
  await withNewDormouse({ DORMOUSE_IDLE_SECONDS: "1" }, async (dormouse) => {
    const router = dormouse.process.pid ?? 0;
    const visit = async () => (await fetch(`${dormouse.url}/welcome/guessed`)).status;
    // What bundled the functions is being reaped.
    await expect.poll(() => familyOf(router)).toEqual([router]);
    const used = (await readStatus(dormouse.home))?.engines.filter(({ lastUsedAt }) => lastUsedAt !== undefined);
    expect(used, "starting up woke nothing").toEqual([]);
    expect(await visit()).toBe(404);
    expect(familyOf(router).length).toBeGreaterThan(1);
    await expect.poll(() => familyOf(router)).toEqual([router]);

    const started = performance.now();
    expect(await visit()).toBe(404);
    info.annotations.push({ type: "wake", description: `${Math.round(performance.now() - started)} ms` });
  });
});

test("a transfer's run wakes what it needs, and is over when its files are ready: the router is alone again", async ({
  dormouse,
  workspace,
}) => {
  await restartDormouse(dormouse, { DORMOUSE_IDLE_SECONDS: "1" });
  const router = dormouse.process.pid ?? 0;
  const owner = workspace.as("owner");
  try {
    const { id } = await createTransfer(owner, { title: "Then sleep" });
    await sendFile(owner, id, 0, "picture.jpg", Buffer.from(await sampleJpeg()));
    await sendFile(owner, id, 1, "notes.txt", Buffer.from(sampleText()));
    await sealTransfer(owner, { transferId: id });
    const state = async () => (await getTransfer(owner, { id, cursor: undefined })).transfer.state;
    await expect.poll(state).toBe("ready");
    await expect.poll(() => familyOf(router)).toEqual([router]);
  } finally {
    await restartDormouse(dormouse);
  }
});
