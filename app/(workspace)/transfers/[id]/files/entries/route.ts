import { ListMemberDownloads } from "#lib/files/download.schema.ts";
import { listMemberDownloads } from "#lib/files/list-member-downloads.ts";
import { memberGet } from "#lib/web/protocol-route.ts";

/** What of a transfer can be downloaded, for its members' "Download all": `?from=` is an ordinal. */
export const GET = memberGet(ListMemberDownloads, listMemberDownloads, ({ id }: { id: string }, query) => ({
  ...query,
  id,
}));
