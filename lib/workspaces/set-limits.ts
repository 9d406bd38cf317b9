import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { Limits } from "./workspace.schema.ts";
import { type IsExpected, updateLimits } from "./workspace.store.ts";

/** Sets what may be reserved from now on; what was reserved before stays, also beyond a lower limit. */
export async function setLimits(ctx: Ctx, input: Limits, isExpected?: IsExpected): Promise<Limits> {
  const { workspaceId } = requirePermission(ctx, "workspace:write");
  const limits = Limits.parse(input);
  await updateLimits(workspaceId, limits, isExpected);
  logSecurity("policy-changed", ctx, { policy: "limits" });
  return limits;
}
