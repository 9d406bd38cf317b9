import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { NoticeAddress } from "./member.schema.ts";
import { findMemberEmail } from "./member.store.ts";

/** Where whoever acts wants to be told; empty for nowhere. */
export async function getNoticeAddress(ctx: Ctx, _input?: unknown): Promise<NoticeAddress> {
  const { actor } = requirePermission(ctx, "workspace:read");
  return { email: (await findMemberEmail(actor.workspaceId, actor.memberId)) ?? "" };
}
