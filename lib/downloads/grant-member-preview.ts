import { requirePermission } from "#lib/auth/permissions.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import { viewFile } from "#lib/files/file.view.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isSeenByMembers } from "#lib/kernel/file-states.ts";
import { FileBlocked, PreviewNotFound } from "./download.errors.ts";
import { openToMember } from "./open-to-member.ts";
import { openUrls } from "./open-urls.ts";
import { presignPreview, previewLife } from "./presign-preview.ts";

/** As `grantPreview`, for members. They also see files that are being checked, and blocked files without a virus. */
export async function grantMemberPreview(
  ctx: Ctx,
  input: { id: string; ordinal: number; name: string; head?: boolean },
): Promise<{ url: string }> {
  const authorized = requirePermission(ctx, "transfer:read");
  const { transfer, lookAgain } = await openToMember(authorized, ctx, input);
  const file = await getFileRow(transfer, input.ordinal);
  if (file.state === "infected") throw new FileBlocked(viewFile(file).notice ?? "This file is blocked.");
  if (!isSeenByMembers(file.state)) throw new PreviewNotFound();
  const life = previewLife(file, input.name);
  const seconds = await openUrls(ctx, [file], { transfer, life, lookAgain });
  return presignPreview(file, input.name, seconds, input.head ? "HEAD" : "GET");
}
