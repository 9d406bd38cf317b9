import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { EditWorkspace } from "./workspace.schema.ts";
import { type IsExpected, updateWorkspace } from "./workspace.store.ts";

/** Names the workspace and sets what its senders need not say each time. Transfers keep the name that they were sent under. */
export async function editWorkspace(ctx: Ctx, input: EditWorkspace, isExpected?: IsExpected): Promise<EditWorkspace> {
  const { workspaceId } = requirePermission(ctx, "workspace:write");
  const edited = EditWorkspace.parse(input);
  await updateWorkspace(workspaceId, edited, isExpected);
  return edited;
}
