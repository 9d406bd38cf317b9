import { FileOrdinal, PREVIEW_MAX_AGE, PreviewName } from "#lib/downloads/download.schema.ts";
import { grantPreview } from "#lib/downloads/grant-preview.ts";
import { guestRedirect } from "#lib/web/guest-route.ts";

type Params = { params: Promise<{ token: string; ordinal: string; name: string }> };

/** Shows what was made of a file: a redirect to a URL at S3 that lives for a minute. */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { token, ordinal, name } = await params;
  const input = (head: boolean) => ({ ordinal: FileOrdinal.parse(ordinal), name: PreviewName.parse(name), head });
  return guestRedirect(request, token, (ctx, by) => grantPreview(ctx, input(by === "head")), {
    maxAge: PREVIEW_MAX_AGE,
  });
}
