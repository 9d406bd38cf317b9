/** What runs while nobody uses Dormouse: the router, and nothing else. */

import { readStatus } from "#infra/local/control.ts";
import { createClient } from "#lib/api-client/client.ts";
import { createApiKey } from "#lib/api-keys/create-api-key.ts";
import { sampleJpeg, sampleText } from "#lib/inspection/testing/samples.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { expect, familyOf, restartDormouse, test, withNewDormouse } from "../fixtures.ts";
import { withReceiver } from "../receiver.ts";

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

test("a transfer's run, its webhook and a program's call wake what they need; then the router is alone again", async ({
  dormouse,
  workspace,
}) => {
  await restartDormouse(dormouse, { DORMOUSE_IDLE_SECONDS: "1" });
  const router = dormouse.process.pid ?? 0;
  const owner = workspace.as("owner");
  const { key } = await createApiKey(owner, { name: "nightly", scopes: ["webhooks:write"] });
  const program = createClient({ url: `http://localhost:${dormouse.port + 5}`, key });
  try {
    await withReceiver(async ({ url, received }) => {
      await program.createWebhook({ url, events: ["transfer.ready"] });
      const { id } = await createTransfer(owner, { title: "Then sleep" });
      await sendFile(owner, id, 0, "picture.jpg", Buffer.from(await sampleJpeg()));
      await sendFile(owner, id, 1, "notes.txt", Buffer.from(sampleText()));
      await sealTransfer(owner, { transferId: id });
      const state = async () => (await getTransfer(owner, { id, cursor: undefined })).transfer.state;
      await expect.poll(state).toBe("ready");
      await expect.poll(() => received.length).toBe(1);
      await expect.poll(() => familyOf(router)).toEqual([router]);
    });
  } finally {
    await restartDormouse(dormouse);
  }
});
