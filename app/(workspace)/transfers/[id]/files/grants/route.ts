import { GrantMemberDownloads } from "#lib/downloads/download.schema.ts";
import { grantMemberDownloads } from "#lib/downloads/grant-member-downloads.ts";
import { memberPost } from "#lib/web/protocol-route.ts";

/** Grants members several downloads at once, without counting them. */
export const POST = memberPost(GrantMemberDownloads, grantMemberDownloads, ({ id }: { id: string }, body) => ({
  ...(body as object),
  id,
}));
