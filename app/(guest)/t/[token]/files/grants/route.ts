import { GrantDownloads } from "#lib/downloads/download.schema.ts";
import { grantDownloads } from "#lib/downloads/grant-downloads.ts";
import { guestPost } from "#lib/web/guest-route.ts";

/** Grants several downloads at once, to programs of the page that save them. */
export async function POST(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  const { token } = await params;
  return guestPost(request, token, GrantDownloads, grantDownloads);
}
