import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { SetTrashPeriod } from "./workspace.schema.ts";
import { type IsExpected, updateTrashPeriod } from "./workspace.store.ts";

/** Sets how long what is deleted from now on can be restored; what lies in the trash keeps the time that it was told. */
export async function setTrashPeriod(
  ctx: Ctx,
  input: SetTrashPeriod,
  isExpected?: IsExpected,
): Promise<SetTrashPeriod> {
  const { workspaceId } = requirePermission(ctx, "workspace:write");
  const { days } = SetTrashPeriod.parse(input);
  await updateTrashPeriod(workspaceId, days, isExpected);
  logSecurity("policy-changed", ctx, { policy: "trash" });
  return { days };
}
