import { FileOrdinal } from "#lib/downloads/download.schema.ts";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { guestPress, guestRedirect } from "#lib/web/guest-route.ts";

type Params = { params: Promise<{ token: string; ordinal: string }> };

/** Downloads one file: a redirect to a URL at S3 that soon expires. A link to a limited file leads to a question. */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { token, ordinal } = await params;
  return guestRedirect(request, token, (ctx, by) => grantDownload(ctx, { ordinal: FileOrdinal.parse(ordinal), by }));
}

/** As a person presses for it, which is what a limit counts. */
export async function POST(request: Request, { params }: Params): Promise<Response> {
  const { token, ordinal } = await params;
  return guestPress(request, token, (ctx, by) => grantDownload(ctx, { ordinal: FileOrdinal.parse(ordinal), by }));
}
