import { z } from "zod";
import { grantDownload } from "#lib/files/grant-download.ts";
import { guestDownload } from "#lib/web/guest-route.ts";

const Ordinal = z.coerce.number().int().min(0).max(9_999_999);

type Params = { params: Promise<{ token: string; ordinal: string }> };

/** Downloads one file: a redirect to a URL at S3 that soon expires. */
export async function GET(request: Request, { params }: Params): Promise<Response> {
  const { token, ordinal } = await params;
  return guestDownload(request, token, (ctx) => grantDownload(ctx, { ordinal: Ordinal.parse(ordinal) }));
}
