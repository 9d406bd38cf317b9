/** Steps and consumers end without an error when their transfer is purged at any point of their work. */
import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { dynamodb } from "#lib/adapters/dynamodb.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { db } from "#lib/db/service.ts";
import { deleteFileObjects } from "#lib/files/object.store.ts";
import type { FileKind } from "#lib/kernel/file-kind.ts";
import { TEST_SIGNATURES } from "#lib/scanning/testing/samples.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { requireServices } from "#lib/testing/services.ts";
import { reports } from "#lib/testing/step-functions.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { WORKFLOW_FUNCTIONS, WORKFLOW_TASKS } from "#lib/workflow/definition.ts";
import { executionName } from "#lib/workflow/execution.store.ts";
import { scanRun } from "#lib/workflow/scan-run.ts";
import { sweepWorkspace } from "#lib/workflow/sweep-workspace.ts";
import { ticketOf } from "#lib/workflow/task-ticket.ts";
import { makeRun, type TestRun } from "#lib/workflow/testing/make-run.ts";
import { transcodeBatch } from "#lib/workflow/transcode-batch.ts";
import { handler as sweep } from "./consumers/sweep.ts";
import { runTask } from "./tasks/run-task.ts";

requireEngines();
requireServices();
before(() => {
  process.env.DORMOUSE_TEST_SIGNATURES = TEST_SIGNATURES;
});

/** The input of each step of previews; the picture, for example, is invalid, so that its step has an error as well. */
const KINDS: Record<string, FileKind> = {
  preview: "picture",
  transcode: "video",
};

/**
 * Number of the request to DynamoDB and S3 before which the transfer is purged: before any, and then throughout the
 * step.
 */
const MOMENTS = [1, 2, 3, 5, 8, 12, 18];

const fileName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Purges a run's transfer just before request number `at` to DynamoDB or S3. The returned function tells whether it
 * did.
 */
function purgeAt({ ws, id }: TestRun, at: number): () => boolean {
  let requests = 0;
  let purging: Promise<unknown> | undefined;
  let ours = false;
  const purge = async () => {
    ours = true;
    await deleteTransfer(ws.as("owner"), { id });
    await purgeTransfer(ws.as("owner"), { id });
    ours = false;
  };
  const clients = [dynamodb() as unknown as DynamoDBClient, s3()] as [DynamoDBClient, S3Client];
  for (const { middlewareStack } of clients) {
    middlewareStack.remove("purge");
    (middlewareStack as DynamoDBClient["middlewareStack"]).add(
      (next) => async (args) => {
        if (ours) return await next(args);
        if (++requests >= at) purging ??= purge();
        await purging;
        return await next(args);
      },
      { step: "initialize", name: "purge" },
    );
  }
  return () => {
    for (const { middlewareStack } of clients) middlewareStack.remove("purge");
    return purging !== undefined;
  };
}

/** Counts what is printed. */
function listen(t: TestContext): () => unknown[] {
  const printed: unknown[] = [];
  for (const name of ["log", "info", "warn", "error"] as const)
    t.mock.method(console, name, (...words: unknown[]) => printed.push(words));
  return () => printed;
}

async function prepare(name: string): Promise<{ made: TestRun; input: object }> {
  const made = await makeRun([{ path: "a", bytes: "none of its kind" }]);
  const { ws, id } = made;
  const kind = KINDS[name] ?? "other";
  const files = await made.files();
  for (const { chunk, ordinal } of files)
    await db()
      .entities.file.patch({ workspaceId: ws.id, transferId: id, chunk, ordinal })
      .set({ kind, detectedType: "application/octet-stream" })
      .go();
  await db()
    .entities.run.patch({ workspaceId: ws.id, transferId: id, wave: 1 })
    .set({ batches: [{ kind, ordinals: "0" }], taskSecret: "secret" })
    .go();
  const failed = { failed: "Run", error: { Error: "States.Timeout" }, execution: executionName(await made.run()) };
  const task = { ...made.step("State"), ...(name === "scan" ? {} : { batch: 0 }) };
  const input = { ...task, kind, ticket: ticketOf("secret", task), ...(name === "noteFailure" ? failed : {}) };
  return { made, input: name === "noteFailure" ? { ...input, batch: undefined } : input };
}

async function carryOut(name: string, input: object): Promise<void> {
  if (name === "scan" || name === "transcode") {
    const env = { ...process.env, TASK_TOKEN: name, TASK_INPUT: JSON.stringify(input) };
    reports.delete(name);
    const code = name === "scan" ? await runTask(scanRun, { env }) : await runTask(transcodeBatch, { env });
    assert.deepEqual([code, reports.get(name)?.at(-1)], [0, "SendTaskSuccess"]);
    return;
  }
  const { handler } = await import(`./steps/${fileName(name)}.ts`);
  assert.ok(await handler(input));
}

for (const name of [...WORKFLOW_FUNCTIONS, ...WORKFLOW_TASKS]) {
  test(`${name} ends without an error when the transfer is purged at any point of its work`, async (t) => {
    const printed = listen(t);
    for (const at of MOMENTS) {
      const { made, input } = await prepare(name);
      const done = purgeAt(made, at);
      let cameToIt = false;
      try {
        await carryOut(name, input);
      } finally {
        cameToIt = done();
      }
      if (!cameToIt) break;
      assert.deepEqual(printed(), [], `purged before request ${at}`);
      assert.deepEqual(await made.runs(), []);
    }
  });
}

test("a sweep logs no error for a transfer that is purged at the same time", async (t) => {
  const printed = listen(t);
  for (const at of MOMENTS) {
    const { made } = await prepare("sweep");
    const done = purgeAt(made, at);
    let cameToIt = false;
    try {
      await sweepWorkspace(made.ws.system, { token: `sweep-${at}` });
    } finally {
      cameToIt = done();
    }
    if (!cameToIt) break;
    assert.deepEqual(printed(), []);
  }
});

test("a sweep that repaired nothing prints nothing, and one that repaired something says what", async (t) => {
  const printed = listen(t);
  const { ws, file } = await makeRun([{ path: "a.txt", bytes: "a" }]);
  await db()
    .entities.deployment.create({ id: "main", workspaceId: ws.id, ownerId: ws.as("owner").actor.memberId })
    .go();
  assert.ok(await sweep({}, { awsRequestId: "quiet" }));
  assert.deepEqual(printed(), []);
  await deleteFileObjects([await file(0)]);
  await sweep({}, { awsRequestId: "lost" });
  assert.equal(printed().length, 1);
  assert.match(String(printed()), /^Sweep: .*"lost":1/);
});
