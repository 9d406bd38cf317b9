import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findMemberEmail } from "./member.store.ts";

/** Where the sender of a transfer wants to be told; undefined for nowhere. */
export async function findSenderAddress(ctx: Ctx, input: { memberId: string }): Promise<string | undefined> {
  const { workspaceId } = requireSystem(ctx);
  return findMemberEmail(workspaceId, input.memberId);
}
