"use server";

import { z } from "zod";
import { action } from "#lib/web/action.ts";
import { sendOnFailedEvents } from "#lib/workflow/failed-events.ts";
import * as limits from "#lib/workspaces/set-limits.ts";
import * as scanning from "#lib/workspaces/set-scan-policy.ts";
import * as trash from "#lib/workspaces/set-trash-period.ts";
import { Limits, SetScanPolicy, SetTrashPeriod } from "#lib/workspaces/workspace.schema.ts";

export const sendOn = action(z.undefined(), (ctx) => sendOnFailedEvents(ctx));
export const setLimits = action(Limits, limits.setLimits);
export const setScanPolicy = action(SetScanPolicy, scanning.setScanPolicy);
export const setTrashPeriod = action(SetTrashPeriod, trash.setTrashPeriod);
