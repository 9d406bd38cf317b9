import { requirePermission } from "#lib/auth/permissions.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { openToMember } from "./open-to-member.ts";
import { BROWSER_LIFE, openUrls, SHORT_LIFE } from "./open-urls.ts";
import { presignDownload } from "./presign-download.ts";
import { requireReady } from "./require-ready.ts";

/**
 * A signed URL of one file, as guests get it, for the workspace's members: nothing is counted, and no limit applies.
 */
export async function grantMemberDownload(
  ctx: Ctx,
  input: { id: string; ordinal: number; head?: boolean },
): Promise<{ url: string; expiresIn: number }> {
  const authorized = requirePermission(ctx, "transfer:read");
  const { transfer, lookAgain } = await openToMember(authorized, ctx, input);
  const file = await getFileRow(transfer, input.ordinal);
  requireReady(file);
  const life = input.head ? SHORT_LIFE : BROWSER_LIFE;
  const seconds = await openUrls(ctx, [file], { transfer, life, lookAgain });
  return presignDownload(file, seconds, input.head ? "HEAD" : "GET");
}
