/** Who may call what: every operation, with a key of every role and every scope, from elsewhere, and without a key. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiKey } from "#lib/api-keys/create-api-key.ts";
import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import { PERMISSIONS, type Permission } from "#lib/auth/permissions.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { type Ctx, KEY_SCOPES, type KeyScope, ROLES, type Role } from "#lib/kernel/ctx.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { toVisible } from "#lib/web/errors.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { serve } from "./serve.ts";
import { examplesFor, requestOf } from "./testing/examples.ts";

requireEngines();

type Name = keyof typeof operations;

/** The permission that each operation asks for; "nothing" where any key will do. */
const NEEDS: Record<Name, Permission | "nothing"> = {
  getCaller: "nothing",
  listTransfers: "transfer:read",
  getTransfer: "transfer:read",
  editTransfer: "transfer:write",
  extendTransfer: "transfer:write",
  deleteTransfer: "transfer:write",
  restoreTransfer: "transfer:write",
  purgeTransfer: "transfer:write",
  renewLink: "transfer:write",
  listActivity: "transfer:read",
  listRuns: "transfer:read",
  restartRun: "transfer:write",
  listFiles: "transfer:read",
  downloadFile: "transfer:read",
  removeFile: "transfer:write",
  restoreFile: "transfer:write",
  decideFile: "file:decide",
  listDeliveries: "transfer:read",
  addDeliveries: "transfer:write",
  resendDelivery: "transfer:write",
  revokeDelivery: "transfer:write",
  beginTransfer: "transfer:create",
  reserveFiles: "transfer:write",
  signParts: "transfer:write",
  completeFiles: "transfer:write",
  getUploadStatus: "transfer:write",
  cancelFiles: "transfer:write",
  sealTransfer: "transfer:write",
  getWorkspace: "workspace:read",
  editWorkspace: "workspace:write",
  setLimits: "workspace:write",
  setScanPolicy: "workspace:write",
  setTrashPeriod: "workspace:write",
  listWebhooks: "webhook:write",
  createWebhook: "webhook:write",
  getWebhook: "webhook:write",
  editWebhook: "webhook:write",
  deleteWebhook: "webhook:write",
  rotateWebhookSecret: "webhook:write",
  testWebhook: "webhook:write",
  listWebhookMessages: "webhook:write",
  resendWebhookMessage: "webhook:write",
};

const NAMES = Object.keys(operations) as Name[];

/** Whether it is about one transfer or webhook, which is then not there. */
const isAboutOne = (name: Name): boolean => "id" in EXAMPLES[name] || "transferId" in EXAMPLES[name];

const mayCall = (role: Role, name: Name): boolean => {
  const permission = NEEDS[name];
  return permission === "nothing" || role in PERMISSIONS[permission];
};

const EXAMPLES = examplesFor(`tr_${"a".repeat(22)}`, `dl_${"a".repeat(22)}`);

async function keyOf(ws: TestWorkspace, role: Role, scopes: readonly KeyScope[]): Promise<string> {
  return (await createApiKey(ws.as(role), { name: `${role} ${scopes}`, scopes: [...scopes] })).key;
}

async function call(name: Name, input: object, key?: string): Promise<{ status: number; code: unknown }> {
  const operation: Operation = operations[name];
  const { headers, ...rest } = requestOf(operation, input);
  const authorization = key ? { authorization: `Bearer ${key}` } : {};
  const { statusCode, body } = await serve({
    ...rest,
    headers: { ...headers, ...authorization },
    requestContext: { http: { method: operation.method } },
  });
  return { status: statusCode, code: (JSON.parse(body) as { code?: unknown }).code };
}

/** As `call`, without what all operations have in common, since there are hundreds of these. */
async function runAs(ctx: Ctx, name: Name): Promise<{ status: number; code?: string }> {
  const operation: Operation = operations[name];
  try {
    await operation.run(ctx, operation.input.parse(inTransit(EXAMPLES[name])));
    return { status: operation.status };
  } catch (error) {
    return toVisible(error);
  }
}

/** What stands in a path or query is text. */
const inTransit = (input: object): object =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, name === "wave" ? String(value) : value]));

for (const role of ROLES)
  test(`a key of the role ${role} reaches what both the role and its one scope allow`, async () => {
    const ws = await makeWorkspace();
    for (const scope of KEY_SCOPES) {
      const ctx = await openApiKey(ws.nobody, { key: await keyOf(ws, role, [scope]) });
      for (const name of NAMES) {
        const operation: Operation = operations[name];
        const inScope = operation.scope === undefined || operation.scope === scope;
        const { status, code } = await runAs(ctx, name);
        const what = `${name} with ${scope}: ${status} ${code}`;
        if (!inScope) assert.deepEqual([status, code], [403, "ScopeMissing"], what);
        else if (!mayCall(role, name)) assert.deepEqual([status, code], [403, "NotAllowed"], what);
        else assert.equal(status, isAboutOne(name) ? 404 : operations[name].status, what);
      }
    }
  });

test("no operation reaches into another workspace, or another member's transfers, or says that they exist", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, { title: "Mine", recipients: [{ email: "ana@example.org" }] });
  const [delivery] = await listDeliveries(owner, { id });
  const inputs = examplesFor(id, delivery?.id ?? "");
  const stranger = await keyOf(await makeWorkspace(), "owner", KEY_SCOPES);
  const colleague = await keyOf(ws, "member", KEY_SCOPES);
  for (const name of NAMES.filter(isAboutOne))
    for (const [who, key] of Object.entries({ stranger, colleague })) {
      const { status } = await call(name, inputs[name], key);
      const refused = who === "colleague" && !mayCall("member", name) ? 403 : 404;
      assert.equal(status, refused, `${name} by a ${who}`);
    }
});

test("a key for sending alone sends and takes back: it need not read the workspace's settings", async () => {
  const ws = await makeWorkspace();
  const key = await keyOf(ws, "member", ["transfers:write"]);
  const { id } = await createTransfer(ws.as("member"), { title: "Mine" });
  const inputs = examplesFor(id, "");
  const steps: Name[] = [
    "beginTransfer",
    "reserveFiles",
    "signParts",
    "getUploadStatus",
    "cancelFiles",
    "deleteTransfer",
  ];
  for (const name of steps) assert.equal((await call(name, inputs[name], key)).status, operations[name].status, name);
  const other = await createTransfer(ws.as("member"), {});
  await sendFile(ws.as("member"), other.id, 0, "a.txt", Buffer.from("a"));
  const later: Name[] = ["removeFile", "restoreFile", "sealTransfer"];
  for (const name of later)
    assert.equal((await call(name, examplesFor(other.id, "")[name], key)).status, operations[name].status, name);
});

test("nobody calls anything without a key", async () => {
  for (const name of NAMES)
    assert.deepEqual(await call(name, EXAMPLES[name]), { status: 401, code: "NotSignedIn" }, name);
});
