import { ListDownloads } from "#lib/downloads/download.schema.ts";
import { listDownloads } from "#lib/downloads/list-downloads.ts";
import { guestGet } from "#lib/web/guest-route.ts";

/** What can be downloaded behind a link, for "Download all": `?from=` is an ordinal. */
export async function GET(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  const { token } = await params;
  const query = Object.fromEntries(new URL(request.url).searchParams);
  return guestGet(request, token, async (ctx) => {
    const { limited, ...body } = await listDownloads(ctx, ListDownloads.parse(query));
    return { body, limited };
  });
}
