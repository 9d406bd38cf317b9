import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { DeviceCodeUnknown } from "./device-login.errors.ts";
import { DecideDeviceLogin } from "./device-login.schema.ts";
import { decideDeviceLoginRow, findDeviceLogin } from "./device-login.store.ts";

/**
 * Approves or refuses a program that shows this code. Once approved it is given a key of whoever approved it. Throws
 * DeviceCodeUnknown, also for a code that was decided about.
 */
export async function decideDeviceLogin(ctx: Ctx, input: DecideDeviceLogin): Promise<{ program: string }> {
  const { actor, workspaceId } = requirePermission(ctx, "key:write");
  const { userCode, decision } = DecideDeviceLogin.parse(input);
  const row = await findDeviceLogin(userCode, ctx.clock.now());
  if (!row) throw new DeviceCodeUnknown();
  const decided = { state: decision, workspaceId, memberId: actor.memberId, origin: ctx.origin };
  if (!(await decideDeviceLoginRow(userCode, decided))) throw new DeviceCodeUnknown();
  return { program: row.program };
}
