import assert from "node:assert/strict";
import { test } from "node:test";
import { can, PERMISSIONS, type Permission } from "#lib/auth/permissions.ts";
import { db } from "#lib/db/service.ts";
import { type Ctx, KEY_SCOPES, type KeyScope, type MemberActor } from "#lib/kernel/ctx.ts";
import { editProfile } from "#lib/members/edit-profile.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, HOUR, makeWorkspace } from "#lib/testing/workspace.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import type { CreateApiKey } from "./api-key.schema.ts";
import { createApiKey } from "./create-api-key.ts";
import { listApiKeys } from "./list-api-keys.ts";
import { openApiKey } from "./open-api-key.ts";
import { revokeApiKey } from "./revoke-api-key.ts";

requireEngines();

const ALL: KeyScope[] = [...KEY_SCOPES];

async function withKey(
  scopes: KeyScope[],
  { role = "owner", expiryDays }: { role?: "owner" | "viewer"; expiryDays?: number } = {},
) {
  const ws = await makeWorkspace();
  const member = ws.as(role);
  const { key, view } = await createApiKey(member, { name: "nightly", scopes, ...(expiryDays ? { expiryDays } : {}) });
  return { ws, member, key, view, open: () => openApiKey(ws.nobody, { key }) };
}

const refusedWith = (code: string) => (error: { code?: string }) => error.code === code;

test("a key acts for the member who made it", async () => {
  const { member, view, open } = await withKey(["transfers:read"]);
  const { actor } = await open();
  assert.deepEqual(actor, { ...member.actor, key: { id: view.id, scopes: ["transfers:read"] } });
});

test("the table holds nothing that opens the door", async () => {
  const { ws, key } = await withKey(ALL);
  const { data } = await db().entities.apiKey.query.ofWorkspace({ workspaceId: ws.id }).go();
  assert.ok(!JSON.stringify(data).includes(key.slice("dormouse_".length + 4)));
});

test("a key with a letter changed, without its beginning, or empty opens nothing", async () => {
  const { ws, key } = await withKey(ALL);
  for (const wrong of [`${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`, key.slice(1), `${key} `, "", "dormouse_"])
    await assert.rejects(openApiKey(ws.nobody, { key: wrong }), refusedWith("KeyInvalid"), wrong);
});

test("a key that was revoked opens nothing from then on, and revoking it again is no error", async () => {
  const { member, view, open } = await withKey(ALL);
  assert.deepEqual(await revokeApiKey(member, { id: view.id }), { revoked: true });
  await assert.rejects(open(), refusedWith("KeyInvalid"));
  assert.deepEqual(await revokeApiKey(member, { id: view.id }), { revoked: false });
  assert.deepEqual(await listApiKeys(member), []);
});

test("a key ends when its days are over; one without an end does not", async () => {
  const ending = await withKey(ALL, { expiryDays: 30 });
  ending.ws.clock.advance(30 * DAY - HOUR);
  await ending.open();
  ending.ws.clock.advance(HOUR);
  await assert.rejects(ending.open(), refusedWith("KeyInvalid"));
  const lasting = await withKey(ALL);
  lasting.ws.clock.advance(2000 * DAY);
  await lasting.open();
});

test("a key of a member who is gone opens nothing", async () => {
  const { ws, member, open } = await withKey(ALL);
  await db().entities.member.delete({ workspaceId: ws.id, id: member.actor.memberId }).go();
  await assert.rejects(open(), refusedWith("KeyInvalid"));
});

test("a key has the role that its member has now", async () => {
  const { ws, member, open } = await withKey(ALL);
  await db().entities.member.patch({ workspaceId: ws.id, id: member.actor.memberId }).set({ role: "viewer" }).go();
  await assert.rejects(createTransfer(await open(), {}), refusedWith("NotAllowed"));
});

test("the last use is kept to the hour, and a use does not bring a revoked key back", async () => {
  const { ws, member, view, open } = await withKey(ALL);
  assert.equal(view.usedAt, undefined);
  await open();
  const [first] = await listApiKeys(member);
  assert.equal(first?.usedAt, ws.clock.now().toISOString());
  ws.clock.advance(HOUR / 2);
  await open();
  assert.equal((await listApiKeys(member))[0]?.usedAt, first?.usedAt);
  ws.clock.advance(HOUR);
  await open();
  assert.equal((await listApiKeys(member))[0]?.usedAt, ws.clock.now().toISOString());
});

test("a scope that is missing is named; what needs none that a key can have is for people alone", async () => {
  const { member, open } = await withKey(["workspace:read"]);
  const { id } = await createTransfer(member, {});
  const ctx = await open();
  await getWorkspace(ctx);
  await assert.rejects(getTransfer(ctx, { id }), { code: "ScopeMissing", details: { scope: "transfers:read" } });
  await assert.rejects(editProfile(ctx, { name: "Mallory", email: "" }), refusedWith("ScopeMissing"));
});

test("a key makes, lists and revokes no keys, whatever its scopes are", async () => {
  const { view, open } = await withKey(ALL);
  const ctx = await open();
  await assert.rejects(createApiKey(ctx, { name: "more", scopes: ALL }), refusedWith("ScopeMissing"));
  await assert.rejects(listApiKeys(ctx), refusedWith("ScopeMissing"));
  await assert.rejects(revokeApiKey(ctx, { id: view.id }), refusedWith("ScopeMissing"));
});

test("with every choice of scopes, a key may no more than its member, for every role and permission", () => {
  const choices = Array.from({ length: 2 ** KEY_SCOPES.length }, (_, bits) =>
    KEY_SCOPES.filter((_, at) => bits & (1 << at)),
  );
  for (const role of ["owner", "admin", "member", "viewer"] as const)
    for (const permission of Object.keys(PERMISSIONS) as Permission[])
      for (const scopes of choices) {
        const actor: MemberActor = { kind: "member", workspaceId: "ws", memberId: "mem", name: "", role };
        const member = { actor } as Ctx;
        const byKey = can({ ...member, actor: { ...actor, key: { id: "k", scopes } } }, permission);
        assert.ok(byKey === undefined || byKey === can(member, permission), `${role} ${permission} ${scopes}`);
      }
});

test("members see and revoke their own keys, an owner all of the workspace's and none of another's", async () => {
  const ws = await makeWorkspace();
  const [owner, viewer, stranger] = [ws.as("owner"), ws.as("viewer"), (await makeWorkspace()).as("owner")];
  const { view } = await createApiKey(viewer, { name: "reader", scopes: ["transfers:read"] });
  const { view: owners } = await createApiKey(owner, { name: "owner's", scopes: ALL });
  assert.deepEqual(
    (await listApiKeys(viewer)).map(({ id }) => id),
    [view.id],
  );
  assert.deepEqual(new Set((await listApiKeys(owner)).map(({ id }) => id)), new Set([view.id, owners.id]));
  assert.deepEqual(await listApiKeys(stranger), []);
  assert.deepEqual(await revokeApiKey(viewer, { id: owners.id }), { revoked: false });
  assert.deepEqual(await revokeApiKey(stranger, { id: view.id }), { revoked: false });
  assert.deepEqual(await revokeApiKey(owner, { id: view.id }), { revoked: true });
});

test("what makes no sense is refused with a sentence", async () => {
  const owner = (await makeWorkspace()).as("owner");
  const refused: [CreateApiKey, RegExp][] = [
    [{ name: " ", scopes: ALL }, /needs a name/],
    [{ name: "a", scopes: [] }, /without a scope/],
    [{ name: "a", scopes: ALL, expiryDays: 366 }, /at most 365 days/],
    [{ name: "a", scopes: ALL, expiryDays: 0.5 }, /whole days/],
  ];
  for (const [input, sentence] of refused) await assert.rejects(createApiKey(owner, input), sentence);
});
