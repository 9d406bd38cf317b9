"use server";

import { z } from "zod";
import { ApiKeyRef, CreateApiKey } from "#lib/api-keys/api-key.schema.ts";
import * as newKey from "#lib/api-keys/create-api-key.ts";
import * as oldKey from "#lib/api-keys/revoke-api-key.ts";
import * as profile from "#lib/members/edit-profile.ts";
import * as sessions from "#lib/members/end-sessions.ts";
import { EndSessions, Profile } from "#lib/members/member.schema.ts";
import { action } from "#lib/web/action.ts";
import { redriveFailedEvents } from "#lib/workflow/failed-events.ts";
import * as workspace from "#lib/workspaces/edit-workspace.ts";
import * as limits from "#lib/workspaces/set-limits.ts";
import * as scanning from "#lib/workspaces/set-scan-policy.ts";
import * as trash from "#lib/workspaces/set-trash-period.ts";
import { EditWorkspace, Limits, SetScanPolicy, SetTrashPeriod } from "#lib/workspaces/workspace.schema.ts";

export const createApiKey = action(CreateApiKey, newKey.createApiKey);
export const editProfile = action(Profile, profile.editProfile);
export const editWorkspace = action(EditWorkspace, workspace.editWorkspace);
export const endSessions = action(EndSessions, sessions.endSessions);
export const redrive = action(z.undefined(), (ctx) => redriveFailedEvents(ctx));
export const revokeApiKey = action(ApiKeyRef, oldKey.revokeApiKey);
export const setLimits = action(Limits, limits.setLimits);
export const setScanPolicy = action(SetScanPolicy, scanning.setScanPolicy);
export const setTrashPeriod = action(SetTrashPeriod, trash.setTrashPeriod);
