"use server";

import { z } from "zod";
import { action } from "#lib/web/action.ts";
import { sendOnFailedEvents } from "#lib/workflow/failed-events.ts";
import * as workspaces from "#lib/workspaces/set-limits.ts";
import { Limits } from "#lib/workspaces/workspace.schema.ts";

export const sendOn = action(z.undefined(), (ctx) => sendOnFailedEvents(ctx));
export const setLimits = action(Limits, workspaces.setLimits);
