import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { reservation, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { setLimits } from "#lib/workspaces/set-limits.ts";
import type { Limits } from "#lib/workspaces/workspace.schema.ts";
import { cancelFiles } from "./cancel-files.ts";
import { reserveFiles } from "./reserve-files.ts";

requireEngines();

async function limited(limits: Limits): Promise<TestWorkspace> {
  const workspace = await makeWorkspace();
  await setLimits(workspace.as("owner"), limits);
  return workspace;
}

const newTransfer = async (workspace: TestWorkspace, role: "owner" | "member" = "owner") =>
  (await createTransfer(workspace.as(role), {})).id;

const reserve = (workspace: TestWorkspace, id: string, size: number, at = 0, role: "owner" | "member" = "owner") =>
  reserveFiles(workspace.as(role), reservation(id, at, [{ path: `${at}.bin`, size }]));

async function reserved(workspace: TestWorkspace, holder: string): Promise<number> {
  const { data } = await db().entities.quota.get({ workspaceId: workspace.id, holder }).go();
  return data?.bytes ?? 0;
}

test("an error names the file over the limit by its index, and nothing of the batch is reserved", async () => {
  const workspace = await limited({ file: 100 });
  const id = await newTransfer(workspace);
  const files = [
    { path: "a", size: 100 },
    { path: "b", size: 101 },
  ];
  const refused = reserveFiles(workspace.as("owner"), reservation(id, 0, files));
  await assert.rejects(refused, { code: "FileTooLarge", status: 413, details: { limit: 100, file: 1 } });
  assert.equal(await reserved(workspace, "workspace"), 0);
});

test("a transfer accepts files up to its limit, to the byte", async () => {
  const workspace = await limited({ transfer: 100 });
  const id = await newTransfer(workspace);
  await reserve(workspace, id, 60);
  await assert.rejects(reserve(workspace, id, 41, 1), { code: "TransferTooLarge", status: 413 });
  await reserve(workspace, id, 40, 1);
  await assert.rejects(reserve(workspace, id, 1, 2), { code: "TransferTooLarge" });
});

test("a member's quota counts only that member's bytes, the workspace's quota everyone's", async () => {
  const workspace = await limited({ member: 100, workspace: 150 });
  await reserve(workspace, await newTransfer(workspace), 100);
  const again = reserve(workspace, await newTransfer(workspace), 1);
  await assert.rejects(again, { code: "QuotaReached", status: 413, details: { holder: "member", limit: 100 } });
  const id = await newTransfer(workspace, "member");
  const over = reserve(workspace, id, 51, 0, "member");
  await assert.rejects(over, { code: "QuotaReached", details: { holder: "workspace", limit: 150 } });
  await reserve(workspace, id, 50, 0, "member");
});

test("a batch larger than the whole limit is refused, whatever is reserved", async () => {
  const workspace = await limited({ workspace: 100 });
  await assert.rejects(reserve(workspace, await newTransfer(workspace), 101), { code: "QuotaReached" });
});

test("of thirty senders at the same moment exactly as many succeed as the quota allows", async () => {
  const workspace = await limited({ workspace: 70 });
  const ids = await Promise.all(Array.from({ length: 30 }, () => newTransfer(workspace)));
  const outcomes = await Promise.all(
    ids.map((id) =>
      reserve(workspace, id, 10).then(
        () => "reserved",
        (error: { code?: string }) => error.code ?? String(error),
      ),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome === "reserved").length, 7, outcomes.join(" "));
  assert.equal(outcomes.filter((outcome) => outcome === "QuotaReached").length, 23);
  assert.equal(await reserved(workspace, "workspace"), 70);
});

test("a repeated reservation is counted once", async () => {
  const workspace = await limited({ workspace: 100 });
  const input = reservation(await newTransfer(workspace), 0, [{ path: "a", size: 80 }]);
  for (let round = 0; round < 3; round++) await reserveFiles(workspace.as("owner"), input);
  assert.equal(await reserved(workspace, "workspace"), 80);
});

test("removed files are given back to the quotas by the seal, the others by the purge, each once", async () => {
  const workspace = await limited({ workspace: 100 });
  const owner = workspace.as("owner");
  const id = await newTransfer(workspace);
  await sendFile(owner, id, 0, "a.txt", Buffer.from("12345"));
  await reserve(workspace, id, 60, 1);
  await cancelFiles(owner, { transferId: id, ordinals: [1] });
  assert.equal(await reserved(workspace, "workspace"), 65);
  await sealTransfer(owner, { transferId: id });
  await sealTransfer(owner, { transferId: id });
  assert.equal(await reserved(workspace, "workspace"), 5);
  await deleteTransfer(owner, { id });
  await purgeTransfer(owner, { id });
  await purgeTransfer(owner, { id });
  assert.equal(await reserved(workspace, "workspace"), 0);
  assert.equal(await reserved(workspace, owner.actor.memberId), 0);
});

test("a lower limit keeps what is there, and accepts nothing more", async () => {
  const workspace = await limited({});
  const id = await newTransfer(workspace);
  await reserve(workspace, id, 500);
  await setLimits(workspace.as("admin"), { workspace: 100 });
  await assert.rejects(reserve(workspace, id, 1, 1), { code: "QuotaReached" });
  await assert.rejects(setLimits(workspace.as("member"), {}), { code: "NotAllowed" });
  await assert.rejects(setLimits(workspace.as("owner"), { file: -1 }), /at least one byte/);
});
