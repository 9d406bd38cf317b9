import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { WorkspaceView } from "./workspace.schema.ts";
import { getWorkspaceRow } from "./workspace.store.ts";

/** The workspace of whoever acts. */
export async function getWorkspace(ctx: Ctx): Promise<WorkspaceView> {
  const { workspaceId } = requirePermission(ctx, "workspace:read");
  return await getWorkspaceRow(workspaceId);
}
