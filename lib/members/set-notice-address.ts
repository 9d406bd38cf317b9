import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { NoticeAddress } from "./member.schema.ts";
import { writeMemberEmail } from "./member.store.ts";

/** Sets the member's address for notices: downloads, ends that are near and undelivered mail. */
export async function setNoticeAddress(ctx: Ctx, input: NoticeAddress): Promise<NoticeAddress> {
  const { actor } = requirePermission(ctx, "profile:write");
  const { email } = NoticeAddress.parse(input);
  await writeMemberEmail(actor.workspaceId, actor.memberId, email || undefined);
  return { email };
}
