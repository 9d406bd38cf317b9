import { GrantMemberDownloads } from "#lib/files/download.schema.ts";
import { grantMemberDownloads } from "#lib/files/grant-member-downloads.ts";
import { memberPost } from "#lib/web/protocol-route.ts";

/** Grants members several downloads at once, without counting them. */
export const POST = memberPost(GrantMemberDownloads, grantMemberDownloads, ({ id }: { id: string }, body) => ({
  ...(body as object),
  id,
}));
