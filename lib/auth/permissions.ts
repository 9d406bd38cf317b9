import type { Ctx, KeyScope, MemberActor, Role } from "#lib/kernel/ctx.ts";
import { NotAllowed, NotSignedIn, ScopeMissing } from "#lib/kernel/errors.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";

/** `any`: every transfer of the workspace. `own`: only those that the member sent. */
export type Scope = "any" | "own";

/** The permissions of each role. A role that is not listed does not have the permission. */
export const PERMISSIONS = {
  "workspace:read": { owner: "any", admin: "any", member: "any", viewer: "any" },
  "workspace:write": { owner: "any", admin: "any" },
  "transfer:create": { owner: "any", admin: "any", member: "own" },
  "transfer:read": { owner: "any", admin: "any", member: "own", viewer: "any" },
  "transfer:write": { owner: "any", admin: "any", member: "own" },
  "file:decide": { owner: "any", admin: "any" },
  "file:open-infected": { owner: "any" },
  "profile:write": { owner: "own", admin: "own", member: "own", viewer: "own" },
  "webhook:write": { owner: "any", admin: "any" },
  "key:write": { owner: "any", admin: "any", member: "own", viewer: "own" },
} as const satisfies Record<string, Partial<Record<Role, Scope>>>;

export type Permission = keyof typeof PERMISSIONS;

/** The scope that a key needs for a permission. What is not named is done by people alone: a key makes no further keys. */
const KEY_NEEDS: Partial<Record<Permission, KeyScope>> = {
  "workspace:read": "workspace:read",
  "workspace:write": "workspace:write",
  "transfer:create": "transfers:write",
  "transfer:read": "transfers:read",
  "transfer:write": "transfers:write",
  "file:decide": "transfers:write",
  "webhook:write": "webhooks:write",
};

export type Authorization = { actor: MemberActor; workspaceId: string; scope: Scope };

/** The scope in which the caller has a permission, so that a page knows what to offer; verbs check again. */
export function can(ctx: Ctx, permission: Permission): Scope | undefined {
  if (ctx.actor.kind !== "member") return undefined;
  const scopes: Partial<Record<Role, Scope>> = PERMISSIONS[permission];
  return isCoveredByKey(ctx.actor, permission) ? scopes[ctx.actor.role] : undefined;
}

/** True as well of a member who acts without a key. */
function isCoveredByKey({ key }: MemberActor, permission: Permission): boolean {
  const needed = KEY_NEEDS[permission];
  return !key || (needed !== undefined && key.scopes.includes(needed));
}

/** Every verb of the workflow and of the consumers calls this first. Throws NotAllowed for everyone else. */
export function requireSystem(ctx: Ctx): { workspaceId: string } {
  if (ctx.actor.kind !== "system") throw new NotAllowed("Only the workflow itself does this.");
  return { workspaceId: ctx.actor.workspaceId };
}

/**
/**
 * Every verb of a member calls this first. Throws NotSignedIn for guests and callers without a session, NotAllowed for
 * the wrong role, ScopeMissing for a key that was not made for this.
 */
export function requirePermission(ctx: Ctx, permission: Permission): Authorization {
  const { actor } = ctx;
  if (actor.kind !== "member") throw new NotSignedIn();
  const scope = can(ctx, permission);
  if (!scope) {
    logSecurity("permission-refused", ctx, { permission });
    throw isCoveredByKey(actor, permission) ? new NotAllowed() : new ScopeMissing(KEY_NEEDS[permission]);
  }
  return { actor, workspaceId: actor.workspaceId, scope };
}
