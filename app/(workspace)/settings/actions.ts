"use server";

import { action } from "#lib/web/action.ts";
import * as workspaces from "#lib/workspaces/set-limits.ts";
import { Limits } from "#lib/workspaces/workspace.schema.ts";

export const setLimits = action(Limits, workspaces.setLimits);
