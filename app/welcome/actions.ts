"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { Result } from "#lib/kernel/result.ts";
import { checkSignIn } from "#lib/members/check-sign-in.ts";
import { CookiesBlocked } from "#lib/members/member.errors.ts";
import { RedeemSignIn } from "#lib/members/member.schema.ts";
import { redeemSignIn } from "#lib/members/redeem-sign-in.ts";
import * as members from "#lib/members/sign-out.ts";
import { action } from "#lib/web/action.ts";
import { describeDevice } from "#lib/web/device.ts";
import { publicCtx } from "#lib/web/request-ctx.ts";
import { clearSession, readSession, takesCookies, writeSession } from "#lib/web/session-cookie.ts";

const redeem = action(RedeemSignIn, async (ctx, input) => {
  if (!(await takesCookies())) {
    // What is wrong with the link itself is said first.
    await checkSignIn(ctx, input);
    throw new CookiesBlocked();
  }
  const device = describeDevice((await headers()).get("user-agent"));
  return redeemSignIn(ctx, { ...input, device, before: await readSession() });
});

/** Uses a sign-in link up and goes to the transfers; answers only when it can't. A browser without cookies uses none up. */
export async function signIn(input: RedeemSignIn): Promise<Result<never>> {
  const result = await redeem(input);
  if (!result.ok) return result;
  await writeSession(result.value.session);
  redirect("/transfers");
}

/** Ends this browser's session. */
export async function signOut(): Promise<void> {
  const session = await readSession();
  if (session) await members.signOut(publicCtx(), { session });
  await clearSession();
  redirect("/welcome");
}
