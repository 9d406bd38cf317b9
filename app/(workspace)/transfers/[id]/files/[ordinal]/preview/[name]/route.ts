import { FileOrdinal, PREVIEW_MAX_AGE, PreviewName } from "#lib/downloads/download.schema.ts";
import { grantMemberPreview } from "#lib/downloads/grant-member-preview.ts";
import { memberRedirect } from "#lib/web/guest-route.ts";

type Params = { params: Promise<{ id: string; ordinal: string; name: string }> };

/** Shows what was made of a file to the workspace's members. */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { id, ordinal, name } = await params;
  const input = (head: boolean) => ({ id, ordinal: FileOrdinal.parse(ordinal), name: PreviewName.parse(name), head });
  return memberRedirect(request, id, (ctx, by) => grantMemberPreview(ctx, input(by === "head")), {
    maxAge: PREVIEW_MAX_AGE,
  });
}
