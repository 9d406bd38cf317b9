import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { Profile } from "./member.schema.ts";
import { findMemberAddress } from "./member.store.ts";

/** The member's address for notices, empty if there is none, and whether recipients may reply to it. */
export async function getNoticeAddress(ctx: Ctx, _input?: unknown): Promise<Omit<Profile, "name">> {
  const { actor } = requirePermission(ctx, "profile:write");
  const { email = "", replies } = await findMemberAddress(actor.workspaceId, actor.memberId);
  return { email, replies };
}
