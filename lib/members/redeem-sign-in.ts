import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { newId } from "#lib/kernel/id.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { epochSeconds, inDays } from "#lib/kernel/time.ts";
import { findDeployment } from "#lib/workspaces/workspace.store.ts";
import { checkSignIn } from "./check-sign-in.ts";
import { SignInLinkUsed } from "./member.errors.ts";
import { RedeemSignIn } from "./member.schema.ts";
import { insertSession } from "./session.store.ts";
import { spendSignIn } from "./sign-in.store.ts";
import { signOut } from "./sign-out.ts";

/**
 * Signs the owner in with a one-time link and returns the session's token. The first time it creates the workspace and
 * its owner, in the same transaction that uses the link, so that two clicks create one. `device` describes the browser;
 * `before` is its previous session, which is ended.
 */
export async function redeemSignIn(
  ctx: Ctx,
  input: RedeemSignIn & { device?: string; before?: string | undefined },
): Promise<{ session: string }> {
  try {
    const member = await redeem(ctx, input);
    logSecurity("signed-in", ctx, member);
    if (input.before) await signOut(ctx, { session: input.before });
    return { session: await insertSession(member, ctx.clock.now(), input.device) };
  } catch (error) {
    if (error instanceof VisibleError) logSecurity("sign-in-refused", ctx, { code: error.code });
    throw error;
  }
}

async function redeem(ctx: Ctx, input: RedeemSignIn): Promise<{ workspaceId: string; memberId: string }> {
  const { token, name, workspaceName } = RedeemSignIn.parse(input);
  const { nonce, expiresAt } = await checkSignIn(ctx, { token });
  const now = ctx.clock.now();
  const used = { nonce, usedAt: now.toISOString(), expires: epochSeconds(new Date(inDays(expiresAt, 1))) };
  const deployment = await findDeployment();
  const workspaceId = deployment?.workspaceId ?? newId("ws");
  const memberId = deployment?.ownerId ?? newId("mem");
  const first = { workspaceId, workspaceName: workspaceName || "My workspace", memberId, memberName: name || "Owner" };
  if (!(await spendSignIn(used, deployment ? undefined : first))) throw new SignInLinkUsed();
  return { workspaceId, memberId };
}
