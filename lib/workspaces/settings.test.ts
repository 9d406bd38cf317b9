/** What members set of themselves and of their workspace, and what follows from it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { editProfile } from "#lib/members/edit-profile.ts";
import { getNoticeAddress } from "#lib/members/get-notice-address.ts";
import { findSessionMember, insertSession } from "#lib/members/session.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { editWorkspace } from "./edit-workspace.ts";
import { getLinkPreview } from "./get-link-preview.ts";
import { getWorkspace } from "./get-workspace.ts";

requireEngines();

test("the workspace's name and default expiry are those of the next transfer, and what was sent keeps its own", async () => {
  const workspace = await makeWorkspace();
  const owner = workspace.as("owner");
  const before = await createTransfer(owner, { title: "before" });
  assert.equal(new Date(before.expiresAt).getTime() - owner.clock.now().getTime(), 7 * DAY);
  await editWorkspace(owner, { name: "  Studio Ana ", expiryDays: 30, linkPreview: "sender" });
  const after = await createTransfer(owner, { title: "after" });
  assert.equal(new Date(after.expiresAt).getTime() - owner.clock.now().getTime(), 30 * DAY);
  const chosen = await createTransfer(owner, { title: "chosen", expiryDays: 1 });
  assert.equal(new Date(chosen.expiresAt).getTime() - owner.clock.now().getTime(), DAY);
  const nameOn = async (link: string) => (await collectTransfer(await workspace.guest(link), {})).workspaceName;
  assert.equal(await nameOn(before.link), "Hazel & Co");
  assert.equal(await nameOn(after.link), "Studio Ana");
});

test("what link previews say changes for links that are there already, by the workspace that sent them alone", async () => {
  const [workspace, other] = [await makeWorkspace(), await makeWorkspace()];
  const { link } = await createTransfer(workspace.as("owner"), { title: "secret" });
  const guest = await workspace.guest(link);
  assert.equal(await getLinkPreview(guest), "sender");
  await editWorkspace(other.as("owner"), { name: "Other", expiryDays: 7, linkPreview: "title" });
  assert.equal(await getLinkPreview(guest), "sender");
  await editWorkspace(workspace.as("admin"), { name: "Own", expiryDays: 7, linkPreview: "nothing" });
  assert.equal(await getLinkPreview(guest), "nothing");
});

test("a workspace without a name, or with days that nobody can choose, is refused and stays as it was", async () => {
  const owner = (await makeWorkspace()).as("owner");
  const before = await getWorkspace(owner);
  const edit = (input: object) => editWorkspace(owner, { name: "n", expiryDays: 7, linkPreview: "sender", ...input });
  await assert.rejects(edit({ name: "   " }), /A workspace has a name/);
  await assert.rejects(edit({ name: "x".repeat(101) }), /at most 100 characters/);
  await assert.rejects(edit({ expiryDays: 8 }), /Choose one of the days/);
  assert.deepEqual(await getWorkspace(owner), before);
});

test("members change their own name and address, and are met by them at once", async () => {
  const workspace = await makeWorkspace();
  const [viewer, owner] = [workspace.as("viewer"), workspace.as("owner")];
  const { workspaceId, memberId } = viewer.actor;
  const session = await insertSession({ workspaceId, memberId }, viewer.clock.now());
  await editProfile(viewer, { name: " Vera ", email: " vera@example.org " });
  assert.equal((await findSessionMember(session, viewer.clock.now()))?.name, "Vera");
  assert.deepEqual(await getNoticeAddress(viewer), { email: "vera@example.org", replies: false });
  assert.deepEqual(await getNoticeAddress(owner), { email: "", replies: false });
  await editProfile(viewer, { name: "Vera", email: "" });
  assert.deepEqual(await getNoticeAddress(viewer), { email: "", replies: false });
  await assert.rejects(editProfile(viewer, { name: " ", email: "" }), /need a name/);
  await assert.rejects(editProfile(viewer, { name: "Vera", email: "nowhere" }), /e-mail address/);
});
