import { ListMemberDownloads } from "#lib/downloads/download.schema.ts";
import { listMemberDownloads } from "#lib/downloads/list-member-downloads.ts";
import { memberGet } from "#lib/web/protocol-route.ts";

/** What of a transfer can be downloaded, for its members' "Download all": `?from=` is an ordinal. */
export const GET = memberGet(ListMemberDownloads, listMemberDownloads, ({ id }: { id: string }, query) => ({
  ...query,
  id,
}));
