import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { resources } from "#lib/adapters/resources.ts";
import { mintSignInToken } from "#lib/auth/sign-in-token.ts";
import { db } from "#lib/db/service.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { DAY, HOUR, makeWorkspace } from "#lib/testing/workspace.ts";
import { setTrashPeriod } from "#lib/workspaces/set-trash-period.ts";
import { checkSignIn } from "./check-sign-in.ts";
import { endSessions } from "./end-sessions.ts";
import { listSessions } from "./list-sessions.ts";
import { redeemSignIn } from "./redeem-sign-in.ts";
import { findSessionMember, IDLE_SECONDS, insertSession, SESSION_SECONDS } from "./session.store.ts";
import { signOut } from "./sign-out.ts";

requireEngines();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

test("the owner's link creates the workspace once, signs in once, and later links sign in the same owner", async () => {
  const { nobody, clock } = await makeWorkspace();
  const mint = () => mintSignInToken({ keys: resources.signInKeys, now: clock.now() });
  const token = mint();
  assert.equal((await checkSignIn(nobody, { token })).firstRun, true);
  const clicks = await Promise.allSettled(
    Array.from({ length: 4 }, () => redeemSignIn(nobody, { token, name: "Ana", workspaceName: "Studio" })),
  );
  const signedIn = clicks.filter((click) => click.status === "fulfilled");
  assert.equal(signedIn.length, 1);
  const first = await findSessionMember(signedIn[0]?.value.session ?? "", clock.now());
  assert.deepEqual([first?.name, first?.role], ["Ana", "owner"]);
  await assert.rejects(checkSignIn(nobody, { token }), code("SignInLinkUsed"));

  const again = await redeemSignIn(nobody, { token: mint() });
  const second = await findSessionMember(again.session, clock.now());
  assert.deepEqual([second?.memberId, second?.name], [first?.memberId, "Ana"]);
});

test("a link that has expired or was made with another secret signs nobody in", async () => {
  const { nobody, clock } = await makeWorkspace();
  const token = mintSignInToken({ keys: resources.signInKeys, now: clock.now() });
  const forged = mintSignInToken({ keys: ["another"], now: clock.now() });
  await assert.rejects(redeemSignIn(nobody, { token: forged }), code("SignInLinkInvalid"));
  clock.advance(DAY + 1000);
  await assert.rejects(redeemSignIn(nobody, { token }), code("SignInLinkExpired"));
});

test("a session ends by signing out and after a time without use", async () => {
  const { nobody, clock } = await makeWorkspace();
  const redeem = () =>
    redeemSignIn(nobody, { token: mintSignInToken({ keys: resources.signInKeys, now: clock.now() }) });
  const [one, two] = [await redeem(), await redeem()];
  await signOut(nobody, one);
  assert.equal(await findSessionMember(one.session, clock.now()), undefined);
  assert.ok(await findSessionMember(two.session, clock.now()));
  clock.advance(IDLE_SECONDS * 1000 + 1000);
  assert.equal(await findSessionMember(two.session, clock.now()), undefined);
});

test("a new sign-in creates a new session, and the browser's previous one is not accepted any more", async () => {
  const { nobody, clock } = await makeWorkspace();
  const mint = () => mintSignInToken({ keys: resources.signInKeys, now: clock.now() });
  const { session: before } = await redeemSignIn(nobody, { token: mint() });
  await assert.rejects(redeemSignIn(nobody, { token: "no link", before }), code("SignInLinkInvalid"));
  assert.ok(await findSessionMember(before, clock.now()), "a link that signs nobody in ends nothing");
  const { session } = await redeemSignIn(nobody, { token: mint(), before });
  assert.notEqual(session, before);
  assert.ok(await findSessionMember(session, clock.now()));
  assert.equal(await findSessionMember(before, clock.now()), undefined);
});

test("a member who was removed is signed out everywhere", async () => {
  const { as, clock } = await makeWorkspace();
  const { workspaceId, memberId } = as("member").actor;
  const sessions = [
    await insertSession(as("member").actor, clock.now()),
    await insertSession(as("member").actor, clock.now()),
  ];
  const open = () => Promise.all(sessions.map((session) => findSessionMember(session, clock.now())));
  assert.deepEqual(
    (await open()).map((found) => found?.memberId),
    [memberId, memberId],
  );
  await db().entities.member.delete({ workspaceId, id: memberId }).go();
  assert.deepEqual(await open(), [undefined, undefined]);
});

test("using a session extends it, but it ends 90 days after the sign-in", async () => {
  const { as, clock } = await makeWorkspace();
  const token = await insertSession(as("owner").actor, clock.now());
  let days = 0;
  for (; days < 200 && (await findSessionMember(token, clock.now())); days += 10) clock.advance(10 * DAY);
  assert.equal(days, SESSION_SECONDS / 24 / 3600);
});

test("a use is written at most once an hour", async () => {
  const { as, clock } = await makeWorkspace();
  const token = await insertSession(as("owner").actor, clock.now());
  const usedAt = async () => (await listSessions(as("owner")))[0]?.usedAt;
  const begun = clock.now().toISOString();
  clock.advance(HOUR - 1000);
  await findSessionMember(token, clock.now());
  assert.equal(await usedAt(), begun);
  clock.advance(2000);
  await findSessionMember(token, clock.now());
  assert.equal(await usedAt(), clock.now().toISOString());
});

test("a member sees their sessions, and can sign out one browser or all others", async () => {
  const { as, clock } = await makeWorkspace();
  const { actor } = as("owner");
  const signIn = async (device: string) => {
    clock.advance(HOUR);
    return insertSession(actor, clock.now(), device);
  };
  const tokens = [await signIn("Firefox on Windows"), await signIn("Safari on iPhone"), await signIn("Chrome on Mac")];
  const viewers = await insertSession(as("viewer").actor, clock.now(), "Chrome on Linux");
  const member = async (token: string) => findSessionMember(token, clock.now());
  const here = { ...as("owner"), actor: (await member(tokens[1] ?? "")) ?? actor };

  const sessions = await listSessions(here);
  assert.deepEqual(
    sessions.map(({ device, current }) => [device, current]),
    [
      ["Safari on iPhone", true],
      ["Chrome on Mac", false],
      ["Firefox on Windows", false],
    ],
  );
  assert.equal(await endSessions(here, { id: sessions[2]?.id ?? "" }), 1);
  assert.equal(await endSessions(here, { id: sessions[2]?.id ?? "" }), 0, "once more is no error");
  const seen = async () => Promise.all([...tokens, viewers].map(async (token) => (await member(token)) !== undefined));
  assert.deepEqual(await seen(), [false, true, true, true]);
  assert.equal(await endSessions(here, {}), 1);
  assert.deepEqual(await seen(), [false, true, false, true]);
});

test("nobody can end another member's session, even with its id", async () => {
  const { as, clock } = await makeWorkspace();
  const token = await insertSession(as("owner").actor, clock.now());
  const [{ id } = { id: "" }] = await listSessions(as("owner"));
  assert.equal(await endSessions(as("viewer"), { id }), 0);
  assert.ok(await findSessionMember(token, clock.now()));
});

test("a session that no list would show is not accepted", async () => {
  const { as, clock } = await makeWorkspace();
  const { workspaceId, memberId } = as("owner").actor;
  const token = "a token of an earlier version";
  const hash = createHash("sha256").update(token).digest("base64url");
  const expires = Math.floor(clock.now().getTime() / 1000) + 1000;
  const row = { hash, workspaceId, memberId, createdAt: clock.now().toISOString(), expires };
  await db().entities.session.create(row).go();
  assert.equal(await findSessionMember(token, clock.now()), undefined);
  await db().entities.session.patch({ hash }).set({ usedAt: row.createdAt }).go();
  assert.equal((await findSessionMember(token, clock.now()))?.memberId, memberId);
});

test("a session that was ended while it was being used stays ended", async () => {
  const { nobody, as, clock } = await makeWorkspace();
  const session = await insertSession(as("owner").actor, clock.now());
  clock.advance(HOUR * 2);
  await Promise.all([findSessionMember(session, clock.now()), signOut(nobody, { session })]);
  assert.equal(await findSessionMember(session, clock.now()), undefined);
});

test("sign-ins and refusals are one line each in the log, without secrets", async (t) => {
  const lines: string[] = [];
  t.mock.method(console, "log", (line: string) => lines.push(line));
  const { nobody, as, clock } = await makeWorkspace();
  const token = mintSignInToken({ keys: resources.signInKeys, now: clock.now() });
  const { session } = await redeemSignIn(nobody, { token, name: "Ana Secret" });
  await assert.rejects(redeemSignIn(nobody, { token }), code("SignInLinkUsed"));
  await assert.rejects(setTrashPeriod(as("viewer"), { days: 3 }), code("NotAllowed"));
  await setTrashPeriod(as("owner"), { days: 3 });
  await signOut(nobody, { session });
  const told = lines.map((line) => JSON.parse(line) as Record<string, string>);
  assert.deepEqual(
    told.map(({ security, code, permission, policy }) => [security, code ?? permission ?? policy]),
    [
      ["signed-in", undefined],
      ["sign-in-refused", "SignInLinkUsed"],
      ["permission-refused", "workspace:write"],
      ["policy-changed", "trash"],
      ["signed-out", undefined],
    ],
  );
  for (const secret of [token, session, "Ana Secret"]) assert.ok(!lines.join().includes(secret), secret);
});
