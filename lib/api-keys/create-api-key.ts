import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { TooManyKeys } from "./api-key.errors.ts";
import { type ApiKeyView, CreateApiKey } from "./api-key.schema.ts";
import { insertApiKey, listApiKeyRows } from "./api-key.store.ts";

const MAX_KEYS = 50;

/** Makes a key for whoever acts. `key` is shown this once: only its hash is kept. */
export async function createApiKey(ctx: Ctx, input: CreateApiKey): Promise<{ key: string; view: ApiKeyView }> {
  const { actor, workspaceId } = requirePermission(ctx, "key:write");
  const wanted = CreateApiKey.parse(input);
  const now = ctx.clock.now();
  const others = await listApiKeyRows(workspaceId, actor.memberId, now);
  if (others.length >= MAX_KEYS) throw new TooManyKeys(MAX_KEYS);
  const made = await insertApiKey({ workspaceId, memberId: actor.memberId, origin: ctx.origin }, wanted, now);
  logSecurity("key-created", ctx, { key: made.view.id, scopes: made.view.scopes.join(" ") });
  return made;
}
