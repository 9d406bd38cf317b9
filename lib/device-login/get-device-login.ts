import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { DeviceCodeUnknown } from "./device-login.errors.ts";
import { DeviceLoginRef, type DeviceLoginView } from "./device-login.schema.ts";
import { findDeviceLogin } from "./device-login.store.ts";
import { shownCode } from "./start-device-login.ts";

/** What asks to be signed in with this code, while nobody has decided. Throws DeviceCodeUnknown. */
export async function getDeviceLogin(ctx: Ctx, input: DeviceLoginRef): Promise<DeviceLoginView> {
  requirePermission(ctx, "key:write");
  const { userCode } = DeviceLoginRef.parse(input);
  const row = await findDeviceLogin(userCode, ctx.clock.now());
  if (row?.state !== "asked") throw new DeviceCodeUnknown();
  return { userCode: shownCode(userCode), program: row.program, scopes: row.scopes };
}
