import { resources } from "#lib/adapters/resources.ts";
import { mintSignInToken } from "#lib/auth/sign-in-token.ts";
import { expect, test } from "../fixtures.ts";
import { smoke } from "../smoke/smoke.ts";

test("what proves a deployment proves the local cloud", async ({ dormouse }) => {
  const signIn = `${dormouse.url}/welcome/${mintSignInToken({ keys: resources.signInKeys, now: new Date() })}`;
  const told: string[] = [];
  await smoke({ url: dormouse.url, signIn, tell: (line) => told.push(line) });
  expect(told).toHaveLength(8);
});
