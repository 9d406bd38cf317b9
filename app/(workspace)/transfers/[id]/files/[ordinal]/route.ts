import { FileOrdinal } from "#lib/downloads/download.schema.ts";
import { grantMemberDownload } from "#lib/downloads/grant-member-download.ts";
import { memberRedirect } from "#lib/web/guest-route.ts";

type Params = { params: Promise<{ id: string; ordinal: string }> };

/** Downloads one file of the workspace's own, without counting it. */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { id, ordinal } = await params;
  return memberRedirect(request, id, (ctx, by) =>
    grantMemberDownload(ctx, { id, ordinal: FileOrdinal.parse(ordinal), head: by === "head" }),
  );
}
