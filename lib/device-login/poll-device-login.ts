import { createApiKey } from "#lib/api-keys/create-api-key.ts";
import type { Ctx, MemberActor } from "#lib/kernel/ctx.ts";
import { findMember } from "#lib/members/member.store.ts";
import { DeviceLoginOver, DeviceLoginPending } from "./device-login.errors.ts";
import { PollDeviceLogin } from "./device-login.schema.ts";
import {
  type DeviceLoginRow,
  findDeviceLoginBySecret,
  INTERVAL_SECONDS,
  notePoll,
  takeDeviceLogin,
} from "./device-login.store.ts";

/**
 * The program asks whether it was approved, and is then given its key: this once, and to one caller alone. The key is made
 * in this moment, so that the table never has it. Throws DeviceLoginPending, DeviceLoginOver.
 */
export async function pollDeviceLogin(ctx: Ctx, input: PollDeviceLogin): Promise<{ key: string }> {
  const { deviceCode } = PollDeviceLogin.parse(input);
  const now = ctx.clock.now();
  const row = await findDeviceLoginBySecret(deviceCode, now);
  if (!row) throw new DeviceLoginOver("expired_token");
  if (row.state === "refused") throw new DeviceLoginOver("access_denied");
  const early = now.getTime() < row.nextPoll;
  if (early || row.state === "asked") {
    const interval = early ? row.interval + INTERVAL_SECONDS : row.interval;
    await notePoll(row.userCode, now.getTime() + interval * 1000, interval);
    throw new DeviceLoginPending(early ? "slow_down" : "authorization_pending", interval);
  }
  if (!(await takeDeviceLogin(row.userCode))) throw new DeviceLoginOver("expired_token");
  const actor = await memberOf(row);
  if (!actor) throw new DeviceLoginOver("access_denied");
  const { origin } = row;
  const { key } = await createApiKey(
    { clock: ctx.clock, meter: ctx.meter, actor, ...(origin ? { origin } : {}) },
    { name: row.program, scopes: [...row.scopes] },
  );
  return { key };
}

/** With the role of this moment; undefined for one who is gone. */
async function memberOf({ workspaceId, memberId }: DeviceLoginRow): Promise<MemberActor | undefined> {
  const member = workspaceId && memberId ? await findMember(workspaceId, memberId) : undefined;
  if (!workspaceId || !memberId || !member) return undefined;
  return { kind: "member", workspaceId, memberId, name: member.name, role: member.role };
}
