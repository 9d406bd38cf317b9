import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { handler } from "#lib/entrypoints/steps/announce.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { publishFiles } from "#lib/testing/publish.ts";
import { putRun } from "#lib/testing/runs.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";

requireEngines();
const mail = requireServices();

test("the step Announce reports what it did, also when it was too early, and sends each mail once", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, { recipients: [{ email: "eva@example.org" }] });
  await sendFile(owner, id, 0, "a.txt", Buffer.from("a"));
  const step = { workspaceId: ws.id, transferId: id, wave: 1, state: "Announce" };
  await putRun(step, { startedAt: ws.clock.now().toISOString() });
  const said = async () => {
    const { data } = await db()
      .entities.step.get({ ...step, batch: 0 })
      .go();
    return [data?.outcome, data?.attempts, data?.message];
  };
  await handler(step);
  assert.deepEqual((await said()).slice(0, 2), ["skipped", 1]);
  assert.match(String((await said())[2]), /has not finished the transfer/);
  await sealTransfer(owner, { transferId: id });
  await publishFiles(owner, id, 1);
  await handler(step);
  assert.deepEqual(await said(), ["succeeded", 2, "Mailed 1 recipient."]);
  await handler(step);
  assert.deepEqual(await said(), ["succeeded", 3, "No recipient waits for a mail."]);
  assert.equal(mail.mailsTo("eva@example.org").length, 1);
});
