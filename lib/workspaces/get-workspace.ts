import { type Authorization, requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { WorkspaceView } from "./workspace.schema.ts";
import { getWorkspaceRow } from "./workspace.store.ts";

/** The workspace of whoever acts. */
export async function getWorkspace(ctx: Ctx): Promise<WorkspaceView> {
  const { workspaceId } = requirePermission(ctx, "workspace:read");
  return await getWorkspaceRow(workspaceId);
}

/** The same for a verb that keeps to the settings: whoever may do what it does need not be allowed to read them. */
export const getSettings = ({ workspaceId }: Authorization): Promise<WorkspaceView> => getWorkspaceRow(workspaceId);
