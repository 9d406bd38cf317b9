import { FileOrdinal } from "#lib/files/download.schema.ts";
import { grantDownload } from "#lib/files/grant-download.ts";
import { guestRedirect } from "#lib/web/guest-route.ts";

type Params = { params: Promise<{ token: string; ordinal: string }> };

/** Downloads one file: a redirect to a URL at S3 that soon expires. */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { token, ordinal } = await params;
  return guestRedirect(request, token, (ctx) => grantDownload(ctx, { ordinal: FileOrdinal.parse(ordinal) }));
}
