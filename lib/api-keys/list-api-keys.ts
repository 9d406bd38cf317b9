import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { ApiKeyView } from "./api-key.schema.ts";
import { listApiKeyRows } from "./api-key.store.ts";

/** Keys that have not ended: the member's own, or where the role reaches so far all of the workspace's. */
export async function listApiKeys(ctx: Ctx): Promise<ApiKeyView[]> {
  const { actor, workspaceId, scope } = requirePermission(ctx, "key:write");
  return listApiKeyRows(workspaceId, scope === "any" ? undefined : actor.memberId, ctx.clock.now());
}
