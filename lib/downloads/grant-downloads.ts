import { resources } from "#lib/adapters/resources.ts";
import { noteDownload } from "#lib/deliveries/note-download.ts";
import { findFileRows, getFileRows } from "#lib/files/file.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { type Counted, countDownload } from "./count-download.ts";
import type { GrantDownloads, GrantsOutput, RefusedFile } from "./download.schema.ts";
import { isGrantToken, mintGrantToken } from "./grant-token.ts";
import { openUrls, SHORT_LIFE } from "./open-urls.ts";
import { presignFiles } from "./presign-download.ts";
import { requireAllowance } from "./require-allowance.ts";
import { requireReady } from "./require-ready.ts";

const AT_ONCE = 16;

/**
 * URLs for several files, for programs that save them: each counts as a download, unless it goes on with one whose
 * grant is handed back. A file that can't be had is answered with its error, beside the others.
 */
export async function grantDownloads(ctx: Ctx, input: GrantDownloads): Promise<GrantsOutput> {
  const transfer = await requireGuest(ctx);
  const now = ctx.clock.now();
  const wanted = new Map(input.files.map(({ ordinal, grant }) => [ordinal, grant]));
  const isBegun = (ordinal: number, grant: string | undefined): boolean => {
    const key = { workspaceId: transfer.workspaceId, transferId: transfer.id, ordinal };
    return grant !== undefined && isGrantToken(resources.grantKeys, key, grant, now);
  };
  const begun = [...wanted].flatMap(([ordinal, grant]) => (isBegun(ordinal, grant) ? ordinal : []));
  const going = new Map((begun.length > 0 ? await getFileRows(transfer, begun) : []).map((row) => [row.ordinal, row]));
  const fresh = [...wanted.keys()].filter((ordinal) => !going.has(ordinal));
  if (fresh.length > 0) await requireAllowance(ctx, transfer, await findFileRows(transfer, fresh));
  const outcomes = await mapConcurrently(
    [...wanted.keys()],
    AT_ONCE,
    async (ordinal): Promise<Counted | RefusedFile> => {
      try {
        const file = going.get(ordinal);
        if (!file) return await countDownload(ctx, transfer, ordinal);
        requireReady(file);
        return { file, counted: false };
      } catch (error) {
        if (error instanceof VisibleError) return { ordinal, error: { code: error.code, message: error.message } };
        throw error;
      }
    },
  );
  const taken = outcomes.filter((outcome): outcome is Counted => !("error" in outcome));
  const files = taken.map(({ file }) => file);
  await noteDownload(
    ctx,
    taken.flatMap(({ file, counted }) => (counted ? file : [])),
  );
  const lookAgain = () => requireGuest(ctx, { consistent: true });
  const seconds = await openUrls(ctx, files, { transfer, life: SHORT_LIFE, lookAgain });
  const { signatures, ...common } = await presignFiles(transfer, files, seconds);
  const signed = new Map(files.map((file, index) => [file.ordinal, signatures[index] ?? ""]));
  return {
    ...common,
    files: outcomes.map((outcome) => {
      if ("error" in outcome) return outcome;
      const { ordinal, size, crc64 } = outcome.file;
      const grant =
        (going.has(ordinal) && wanted.get(ordinal)) || mintGrantToken(resources.grantKeys, outcome.file, now);
      return { ordinal, grant, signature: signed.get(ordinal) ?? "", size, ...(crc64 ? { crc64 } : {}) };
    }),
  };
}
