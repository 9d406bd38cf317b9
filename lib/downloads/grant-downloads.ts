import { resources } from "#lib/adapters/resources.ts";
import { noteDownload } from "#lib/deliveries/note-download.ts";
import { findFileRows, getFileRows } from "#lib/files/file.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { answerGrants, orRefusal } from "./answer-grants.ts";
import { type Counted, countDownload } from "./count-download.ts";
import type { GrantDownloads, GrantsOutput } from "./download.schema.ts";
import { isGrantToken, mintGrantToken } from "./grant-token.ts";
import { openUrls, SHORT_LIFE } from "./open-urls.ts";
import { requireAllowance } from "./require-allowance.ts";
import { requireReady } from "./require-ready.ts";

const CONCURRENCY = 16;

/**
 * URLs of several files, for programs that save them. Each counts as a download, unless it continues one whose grant is
 * sent. A file that can't be downloaded has an error instead.
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
  const outcomes = await mapConcurrently([...wanted.keys()], CONCURRENCY, (ordinal) =>
    orRefusal(ordinal, async (): Promise<Counted> => {
      const file = going.get(ordinal);
      if (!file) return await countDownload(ctx, transfer, ordinal);
      requireReady(file);
      return { file, counted: false };
    }),
  );
  const taken = outcomes.filter((outcome): outcome is Counted => !("error" in outcome));
  await noteDownload(
    ctx,
    taken.flatMap(({ file, counted }) => (counted ? file : [])),
  );
  const files = outcomes.map((outcome) => ("error" in outcome ? outcome : outcome.file));
  const lookAgain = () => requireGuest(ctx, { consistent: true });
  const seconds = await openUrls(
    ctx,
    taken.map(({ file }) => file),
    { transfer, life: SHORT_LIFE, lookAgain },
  );
  return answerGrants(
    transfer,
    files,
    seconds,
    (file) => (going.has(file.ordinal) && wanted.get(file.ordinal)) || mintGrantToken(resources.grantKeys, file, now),
  );
}
