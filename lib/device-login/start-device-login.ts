import { createHmac } from "node:crypto";
import { resources } from "#lib/adapters/resources.ts";
import { networkOf } from "#lib/downloads/require-allowance.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import { TooManyDeviceLogins } from "./device-login.errors.ts";
import { StartDeviceLogin, type StartedDeviceLogin } from "./device-login.schema.ts";
import { countDeviceStart, EXPIRES_SECONDS, INTERVAL_SECONDS, insertDeviceLogin } from "./device-login.store.ts";

/** From one address, within ten minutes. */
const MAX_STARTS = 20;

/** A program without a key asks for one: anybody may, so it counts by `address` (absent where the edge saw none). */
export async function startDeviceLogin(
  ctx: Ctx,
  { address = "unknown", ...input }: StartDeviceLogin & { address?: string | undefined },
): Promise<StartedDeviceLogin> {
  const { program, scopes } = StartDeviceLogin.parse(input);
  const now = ctx.clock.now();
  const window = Math.floor(epochSeconds(now) / EXPIRES_SECONDS);
  const text = `device\n${window}\n${networkOf(address)}`;
  const who = createHmac("sha256", resources.grantKeys[0]).update(text).digest().subarray(0, 16).toString("base64url");
  const ends = (window + 1) * EXPIRES_SECONDS;
  if ((await countDeviceStart(who, ends)) > MAX_STARTS) throw new TooManyDeviceLogins(ends - epochSeconds(now));
  const { deviceCode, userCode } = await insertDeviceLogin({ program, scopes: [...new Set(scopes)] }, now);
  return {
    deviceCode,
    userCode: shownCode(userCode),
    path: "/device",
    expiresIn: EXPIRES_SECONDS,
    interval: INTERVAL_SECONDS,
  };
}

/** `BCDF-GHJK` */
export const shownCode = (userCode: string): string => `${userCode.slice(0, 4)}-${userCode.slice(4)}`;
