"use server";

import * as device from "#lib/device-login/decide-device-login.ts";
import { DecideDeviceLogin } from "#lib/device-login/device-login.schema.ts";
import { action } from "#lib/web/action.ts";

export const decideDeviceLogin = action(DecideDeviceLogin, device.decideDeviceLogin);
