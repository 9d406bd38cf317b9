import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { NotSignedIn, VisibleError } from "#lib/kernel/errors.ts";
import { CountingMeter } from "#lib/metering/meter.ts";
import { TransferNotFound } from "#lib/transfers/transfer.errors.ts";
import { bodyOf, toVisible, workFor } from "./errors.ts";

const ctx: Ctx = {
  actor: { kind: "member", workspaceId: "ws_1", memberId: "mem_1", name: "Ana Secret", role: "viewer" },
  clock: systemClock,
  meter: new CountingMeter(),
};

function watch(t: TestContext) {
  const lines: string[] = [];
  for (const way of ["log", "error"] as const) t.mock.method(console, way, (line: unknown) => lines.push(String(line)));
  return lines;
}

test("a refusal is in the security log once, with its actor", async (t) => {
  const lines = watch(t);
  const refused = workFor(ctx, async () => {
    throw new TransferNotFound();
  });
  toVisible(await refused.catch((error: unknown) => error));
  toVisible(new NotSignedIn());
  const misread = workFor(ctx, async () => z.object({ title: z.string() }).parse({ title: 7 }));
  toVisible(await misread.catch((error: unknown) => error));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { workspaceId: "ws_1", memberId: "mem_1", role: "viewer", code: "TransferNotFound", status: 404 },
      { actor: "nobody", code: "NotSignedIn", status: 401 },
      { workspaceId: "ws_1", memberId: "mem_1", role: "viewer", code: "InvalidInput", status: 422 },
    ].map((told) => ({ security: "request-refused", ...told })),
  );
});

test("a request that comes too early or too late is no refusal", async (t) => {
  const lines = watch(t);
  toVisible(new VisibleError("OrdinalTaken", 409, "Another sender was first."));
  assert.deepEqual(lines, []);
});

test("of an unexpected error the caller learns nothing, and the log everything", (t) => {
  const lines = watch(t);
  const body = bodyOf(toVisible(new Error("table Dormouse-secret at host 10.0.0.1")));
  assert.deepEqual(body, {
    code: "Unexpected",
    message: "Something went wrong here. Try again; nothing was lost.",
  });
  assert.match(lines.join(), /Dormouse-secret/);
});
