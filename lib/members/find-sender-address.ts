import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findMemberAddress } from "./member.store.ts";

/**
 * The address for notices of a transfer's sender, and the address that recipients may reply to, if the sender allowed
 * it. Undefined if there is none.
 */
export async function findSenderAddress(
  ctx: Ctx,
  input: { memberId: string },
): Promise<{ notices?: string | undefined; replyTo?: string | undefined }> {
  const { workspaceId } = requireSystem(ctx);
  const { email, replies } = await findMemberAddress(workspaceId, input.memberId);
  return { notices: email, replyTo: replies ? email : undefined };
}
