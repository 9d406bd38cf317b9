import assert from "node:assert/strict";
import { test } from "node:test";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { functionName } from "#infra/local/core/arns.ts";
import { FunctionFailure } from "#infra/local/core/aws-service.ts";
import { localDefinition } from "#infra/local/services/states/local-definition.ts";
import { MACHINE_ARN, startTestStates } from "#infra/local/testing/states.ts";
import { handler as announce } from "#lib/entrypoints/steps/announce.ts";
import { handler as check } from "#lib/entrypoints/steps/check.ts";
import { handler as finish } from "#lib/entrypoints/steps/finish.ts";
import { handler as noteFailure } from "#lib/entrypoints/steps/note-failure.ts";
import { handler as preview } from "#lib/entrypoints/steps/preview.ts";
import { handler as publish } from "#lib/entrypoints/steps/publish.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { makeRun } from "./testing/make-run.ts";

requireEngines();

const STEPS: Record<string, (event: unknown) => Promise<unknown>> = {
  check,
  preview,
  publish,
  announce,
  finish,
  noteFailure,
};

for (const last of ["check", "preview", "publish", "announce", "finish"]) {
  test(`a run whose transfer is purged before ${last} ends without a failure, and leaves nothing`, async (t) => {
    const { ws, id, step, runs, said } = await makeRun([{ path: "a.txt", bytes: "A text." }], "off");
    const calls: string[] = [];
    const failures: string[] = [];
    const states = await startTestStates(t, {
      definition: localDefinition("us-east-1"),
      async invokeFunction(arn, payload) {
        const name = functionName(arn);
        calls.push(name);
        if (name === last && calls.filter((one) => one === last).length === 1) {
          await deleteTransfer(ws.as("owner"), { id });
          await purgeTransfer(ws.as("owner"), { id });
        }
        try {
          return await STEPS[name]?.(payload);
        } catch (error) {
          // In the form in which Lambda reports it.
          const { name: errorType, message: errorMessage } = error as Error;
          failures.push(errorType);
          throw new FunctionFailure({ errorType, errorMessage });
        }
      },
    });
    const { workspaceId, transferId, wave } = step("");
    const { executionArn = "" } = await states.client.send(
      new StartExecutionCommand({
        stateMachineArn: MACHINE_ARN,
        name: `${id}-1-1`,
        input: JSON.stringify({ workspaceId, transferId, wave }),
      }),
    );
    assert.equal((await states.ended(executionArn)).status, "SUCCEEDED");
    assert.deepEqual(failures, []);
    assert.equal(calls.length, new Set(calls).size, "nothing is tried twice");
    assert.ok(!calls.includes("noteFailure"));
    assert.deepEqual(await runs(), []);
    for (const state of ["Check", "Documents", "Publish", "Announce", "Finish"])
      assert.equal(await said(state), undefined, state);
  });
}
