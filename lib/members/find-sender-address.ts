import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findMemberAddress } from "./member.store.ts";

/**
 * Where the sender of a transfer wants to be told, and where recipients may answer to: that address, if the sender said
 * so. Undefined for nowhere.
 */
export async function findSenderAddress(
  ctx: Ctx,
  input: { memberId: string },
): Promise<{ notices?: string | undefined; replyTo?: string | undefined }> {
  const { workspaceId } = requireSystem(ctx);
  const { email, replies } = await findMemberAddress(workspaceId, input.memberId);
  return { notices: email, replyTo: replies ? email : undefined };
}
