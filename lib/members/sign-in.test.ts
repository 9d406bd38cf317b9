import assert from "node:assert/strict";
import { test } from "node:test";
import { resources } from "#lib/adapters/resources.ts";
import { mintSignInToken } from "#lib/auth/sign-in-token.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { DAY, makeWorkspace } from "#lib/testing/workspace.ts";
import { checkSignIn } from "./check-sign-in.ts";
import { redeemSignIn } from "./redeem-sign-in.ts";
import { findSessionMember, SESSION_SECONDS } from "./session.store.ts";
import { signOut } from "./sign-out.ts";

requireEngines();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

test("the owner's link makes the workspace once, signs in once, and later links lead to the same owner", async () => {
  const { nobody, clock } = await makeWorkspace();
  const mint = () => mintSignInToken({ secret: resources.linkSecret, now: clock.now() });
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
  const token = mintSignInToken({ secret: resources.linkSecret, now: clock.now() });
  const forged = mintSignInToken({ secret: "another", now: clock.now() });
  await assert.rejects(redeemSignIn(nobody, { token: forged }), code("SignInLinkInvalid"));
  clock.advance(DAY + 1000);
  await assert.rejects(redeemSignIn(nobody, { token }), code("SignInLinkExpired"));
});

test("a session ends by signing out and by itself", async () => {
  const { nobody, clock } = await makeWorkspace();
  const redeem = () =>
    redeemSignIn(nobody, { token: mintSignInToken({ secret: resources.linkSecret, now: clock.now() }) });
  const [one, two] = [await redeem(), await redeem()];
  await signOut(nobody, one);
  assert.equal(await findSessionMember(one.session, clock.now()), undefined);
  assert.ok(await findSessionMember(two.session, clock.now()));
  clock.advance(SESSION_SECONDS * 1000 + 1000);
  assert.equal(await findSessionMember(two.session, clock.now()), undefined);
});
