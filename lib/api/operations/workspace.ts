/** The workspace and its settings. */
import * as z from "zod";
import { editWorkspace } from "#lib/workspaces/edit-workspace.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import { setLimits } from "#lib/workspaces/set-limits.ts";
import { setScanPolicy } from "#lib/workspaces/set-scan-policy.ts";
import { setTrashPeriod } from "#lib/workspaces/set-trash-period.ts";
import { EditWorkspace, Limits, SetScanPolicy, SetTrashPeriod } from "#lib/workspaces/workspace.schema.ts";
import { LimitsAnswer, WorkspaceAnswer } from "../answer.schema.ts";
import { type Operation, operation } from "../operation.ts";

export const workspaceOperations = {
  getWorkspace: operation({
    method: "GET",
    path: "/v1/workspace",
    tag: "Workspace",
    summary: "The workspace and its settings",
    scope: "workspace:read",
    input: z.object({}),
    answer: WorkspaceAnswer,
    run: getWorkspace,
  }),

  editWorkspace: operation({
    method: "PUT",
    path: "/v1/workspace/profile",
    tag: "Workspace",
    summary: "Set the workspace's name, after how many days transfers end, and what previews of links say",
    scope: "workspace:write",
    input: EditWorkspace,
    answer: EditWorkspace,
    ifMatch: "getWorkspace",
    run: editWorkspace,
  }),

  setLimits: operation({
    method: "PUT",
    path: "/v1/workspace/limits",
    tag: "Workspace",
    summary: "Set what may be reserved, in bytes; what is not named has no limit",
    scope: "workspace:write",
    input: z.object({ limits: Limits }),
    answer: z.strictObject({ limits: LimitsAnswer }),
    ifMatch: "getWorkspace",
    run: async (ctx, { limits }, isExpected) => ({ limits: await setLimits(ctx, limits, isExpected) }),
  }),

  setScanPolicy: operation({
    method: "PUT",
    path: "/v1/workspace/scan-policy",
    tag: "Workspace",
    summary: "Set when files open to recipients, and what happens with files that can't be scanned",
    scope: "workspace:write",
    input: SetScanPolicy,
    answer: SetScanPolicy,
    ifMatch: "getWorkspace",
    run: setScanPolicy,
  }),

  setTrashPeriod: operation({
    method: "PUT",
    path: "/v1/workspace/trash",
    tag: "Workspace",
    summary: "Set for how many days what was deleted can be restored",
    scope: "workspace:write",
    input: SetTrashPeriod,
    answer: SetTrashPeriod,
    ifMatch: "getWorkspace",
    run: setTrashPeriod,
  }),
} satisfies Record<string, Operation>;
