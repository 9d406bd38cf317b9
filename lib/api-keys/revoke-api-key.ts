import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { ApiKeyRef } from "./api-key.schema.ts";
import { deleteApiKey } from "./api-key.store.ts";

/** Ends a key at once. One that has ended by itself, or that another may see, is no error: `revoked` says which. */
export async function revokeApiKey(ctx: Ctx, input: ApiKeyRef): Promise<{ revoked: boolean }> {
  const { actor, workspaceId, scope } = requirePermission(ctx, "key:write");
  const { id } = ApiKeyRef.parse(input);
  const revoked = await deleteApiKey(workspaceId, scope === "any" ? undefined : actor.memberId, id, ctx.clock.now());
  if (revoked) logSecurity("key-revoked", ctx, { key: id });
  return { revoked };
}
