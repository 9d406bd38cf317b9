import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { SetScanPolicy } from "./workspace.schema.ts";
import { type IsExpected, updateScanPolicy } from "./workspace.store.ts";

/** Sets when files of transfers that are made from now on open, and whether unscanned; those that are there keep theirs. */
export async function setScanPolicy(ctx: Ctx, input: SetScanPolicy, isExpected?: IsExpected): Promise<SetScanPolicy> {
  const { workspaceId } = requirePermission(ctx, "workspace:write");
  const policies = SetScanPolicy.parse(input);
  await updateScanPolicy(workspaceId, policies, isExpected);
  logSecurity("policy-changed", ctx, { policy: "scan" });
  return policies;
}
