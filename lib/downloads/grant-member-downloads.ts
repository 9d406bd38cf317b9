import { requirePermission } from "#lib/auth/permissions.ts";
import { FileNotFound } from "#lib/files/file.errors.ts";
import { type FileRow, findFileRows } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { answerGrants, orRefusal } from "./answer-grants.ts";
import type { GrantDownloads, GrantsOutput } from "./download.schema.ts";
import { openToMember } from "./open-to-member.ts";
import { openUrls, SHORT_LIFE } from "./open-urls.ts";
import { requireReady } from "./require-ready.ts";

/** As `grantDownloads`, for the workspace's members: nothing is counted, and no limit applies. */
export async function grantMemberDownloads(ctx: Ctx, input: GrantDownloads & { id: string }): Promise<GrantsOutput> {
  const authorized = requirePermission(ctx, "transfer:read");
  const { transfer, lookAgain } = await openToMember(authorized, ctx, input);
  const ordinals = [...new Set(input.files.map(({ ordinal }) => ordinal))];
  const found = new Map((await findFileRows(transfer, ordinals)).map((row) => [row.ordinal, row]));
  const outcomes = await Promise.all(
    ordinals.map((ordinal) =>
      orRefusal(ordinal, () => {
        const file = found.get(ordinal);
        if (!file) throw new FileNotFound();
        requireReady(file);
        return file;
      }),
    ),
  );
  const files = outcomes.filter((outcome): outcome is FileRow => !("error" in outcome));
  const seconds = await openUrls(ctx, files, { transfer, life: SHORT_LIFE, lookAgain });
  return answerGrants(transfer, outcomes, seconds, () => "");
}
