import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { guestGet } from "#lib/web/guest-route.ts";

/** What a partition of files holds. */
const AT_ONCE = 1000;

/** A page of the files behind a link, for the viewer and for downloading all: `?from=` is the cursor. */
export async function GET(request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  const { token } = await params;
  const cursor = new URL(request.url).searchParams.get("from") ?? undefined;
  return guestGet(request, token, async (ctx) => {
    const { files, downloadLimit } = await collectTransfer(ctx, { cursor, limit: AT_ONCE });
    return { body: files, limited: downloadLimit !== undefined };
  });
}
