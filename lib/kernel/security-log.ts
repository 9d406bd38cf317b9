import type { Ctx } from "./ctx.ts";

export type SecurityEvent =
  | "signed-in"
  | "sign-in-refused"
  | "signed-out"
  | "sessions-ended"
  | "permission-refused"
  | "request-refused"
  | "policy-changed"
  | "key-created"
  | "key-revoked"
  | "webhook-created"
  | "webhook-deleted"
  | "webhook-secret-rotated";

/**
 * One line of JSON in the function's log about who did what, or was refused: ids, roles and codes. Never a secret, a
 * token, a name or an address; so `about` takes plain words and numbers, and callers pass none of those.
 */
export function logSecurity(
  event: SecurityEvent,
  { actor }: Pick<Ctx, "actor">,
  about: Record<string, string | number> = {},
): void {
  const who =
    actor.kind === "member"
      ? {
          workspaceId: actor.workspaceId,
          memberId: actor.memberId,
          role: actor.role,
          ...(actor.key ? { byKey: actor.key.id } : {}),
        }
      : actor.kind === "guest"
        ? { actor: actor.kind, workspaceId: actor.workspaceId, transferId: actor.transferId }
        : { actor: actor.kind };
  console.log(JSON.stringify({ security: event, ...who, ...about }));
}
