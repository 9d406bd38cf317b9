import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { LARGEST_FILE } from "#lib/scanning/clamd-config.ts";
import type { WorkspaceView } from "./workspace.schema.ts";
import { getWorkspaceRow } from "./workspace.store.ts";

/** The workspace of whoever acts. */
export async function getWorkspace(ctx: Ctx): Promise<WorkspaceView> {
  const { workspaceId } = requirePermission(ctx, "workspace:read");
  const row = await getWorkspaceRow(workspaceId);
  const opensAll = row.scanPolicy === "off" || process.env.DORMOUSE_UNSCANNED === "deliver";
  return opensAll ? row : { ...row, largestScanned: LARGEST_FILE };
}
