import { requirePermission } from "#lib/auth/permissions.ts";
import { FileNotFound } from "#lib/files/file.errors.ts";
import { type FileRow, findFileRows } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import type { GrantDownloads, GrantsOutput, RefusedFile } from "./download.schema.ts";
import { openToMember } from "./open-to-member.ts";
import { openUrls, SHORT_LIFE } from "./open-urls.ts";
import { presignFiles } from "./presign-download.ts";
import { requireReady } from "./require-ready.ts";

/** As `grantDownloads`, for the workspace's members: nothing is counted, and no limit holds. */
export async function grantMemberDownloads(ctx: Ctx, input: GrantDownloads & { id: string }): Promise<GrantsOutput> {
  const grant = requirePermission(ctx, "transfer:read");
  const { transfer, lookAgain } = await openToMember(grant, ctx, input);
  const ordinals = [...new Set(input.files.map(({ ordinal }) => ordinal))];
  const found = new Map((await findFileRows(transfer, ordinals)).map((row) => [row.ordinal, row]));
  const outcomes = ordinals.map((ordinal) => ready(found.get(ordinal), ordinal));
  const files = outcomes.filter((outcome): outcome is FileRow => !("error" in outcome));
  const seconds = await openUrls(ctx, files, { transfer, life: SHORT_LIFE, lookAgain });
  const { signatures, ...common } = await presignFiles(transfer, files, seconds);
  const signed = new Map(files.map((file, index) => [file.ordinal, signatures[index] ?? ""]));
  return {
    ...common,
    files: outcomes.map((outcome) => {
      if ("error" in outcome) return outcome;
      const { ordinal, size, crc64 } = outcome;
      return { ordinal, grant: "", signature: signed.get(ordinal) ?? "", size, ...(crc64 ? { crc64 } : {}) };
    }),
  };
}

function ready(file: FileRow | undefined, ordinal: number): FileRow | RefusedFile {
  try {
    if (!file) throw new FileNotFound();
    requireReady(file);
    return file;
  } catch (error) {
    if (error instanceof VisibleError) return { ordinal, error: { code: error.code, message: error.message } };
    throw error;
  }
}
