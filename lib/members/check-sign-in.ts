import { resources } from "#lib/adapters/resources.ts";
import { readSignInToken } from "#lib/auth/sign-in-token.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findDeployment } from "#lib/workspaces/workspace.store.ts";
import { SignInLinkExpired, SignInLinkInvalid, SignInLinkUsed } from "./member.errors.ts";
import { isSignInUsed } from "./sign-in.store.ts";

/**
 * Checks a sign-in link without using it, because mail scanners and link previews send GETs. Throws what is wrong with
 * it.
 */
export async function checkSignIn(
  ctx: Ctx,
  input: { token: string },
): Promise<{ nonce: string; expiresAt: Date; firstRun: boolean }> {
  const token = readSignInToken(resources.signInKeys, input.token);
  if (!token) throw new SignInLinkInvalid();
  if (await isSignInUsed(token.nonce)) throw new SignInLinkUsed();
  if (token.expiresAt <= ctx.clock.now()) throw new SignInLinkExpired();
  return { ...token, firstRun: (await findDeployment()) === undefined };
}
