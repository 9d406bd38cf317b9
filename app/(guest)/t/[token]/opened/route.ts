import { noteOpened } from "#lib/deliveries/note-opened.ts";
import { guestNote } from "#lib/web/guest-route.ts";

type Params = { params: Promise<{ token: string }> };

/** The page's script says that a person looks at it. */
export async function POST(request: Request, { params }: Params): Promise<Response> {
  return guestNote(request, (await params).token, (ctx) => noteOpened(ctx));
}
