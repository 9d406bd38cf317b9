import { noteOpened } from "#lib/deliveries/note-opened.ts";
import {
  FileOrdinal,
  GrantDownloads,
  ListDownloads,
  PREVIEW_MAX_AGE,
  PreviewName,
} from "#lib/downloads/download.schema.ts";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { grantDownloads } from "#lib/downloads/grant-downloads.ts";
import { grantPreview } from "#lib/downloads/grant-preview.ts";
import { listDownloads } from "#lib/downloads/list-downloads.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { backToLink, guestGet, guestNote, guestPost, guestPress, guestRedirect } from "#lib/web/guest-route.ts";
import { routeTable } from "#lib/web/route-table.ts";

/** Files in one answer: as many as a partition holds. */
const FILES_IN_A_PAGE = 1000;

/** What a guest's page, or a program with the link, asks for. */
export const { GET, POST } = routeTable<{ token: string }>()(
  {
    /** A page of the files, for the viewer: `?from=` is the cursor. */
    "GET files": (request, { token }) =>
      guestGet(request, token, async (ctx, { from }) => {
        const { files, downloadLimit } = await collectTransfer(ctx, { cursor: from, limit: FILES_IN_A_PAGE });
        return { body: files, limited: downloadLimit !== undefined };
      }),

    /** What can be downloaded, for "Download all": `?from=` is an ordinal. */
    "GET files/entries": (request, { token }) =>
      guestGet(request, token, async (ctx, query) => {
        const { limited, ...body } = await listDownloads(ctx, ListDownloads.parse(query));
        return { body, limited };
      }),

    /** Grants several downloads at once, to programs of the page that save them. */
    "POST files/grants": (request, { token }) => guestPost(request, token, GrantDownloads, grantDownloads),

    /** Downloads one file: a redirect to a URL at S3 that soon expires. A link to a limited file leads to a question. */
    "GET files/:ordinal": (request, { token, ordinal }) =>
      guestRedirect(request, token, (ctx, by) => grantDownload(ctx, { ordinal: FileOrdinal.parse(ordinal), by })),

    /** As a person presses for it, which is what a limit counts. */
    "POST files/:ordinal": (request, { token, ordinal }) =>
      guestPress(request, token, (ctx, by) => grantDownload(ctx, { ordinal: FileOrdinal.parse(ordinal), by })),

    /** Shows what was made of a file: a redirect to a URL at S3 that lives for a minute. */
    "GET files/:ordinal/preview/:name": (request, { token, ordinal, name }) => {
      const preview = () => ({ ordinal: FileOrdinal.parse(ordinal), name: PreviewName.parse(name) });
      return guestRedirect(request, token, (ctx, by) => grantPreview(ctx, { ...preview(), head: by === "head" }), {
        maxAge: PREVIEW_MAX_AGE,
      });
    },

    /** The page's script says that a person looks at it. */
    "POST opened": (request, { token }) => guestNote(request, token, (ctx) => noteOpened(ctx)),
  },
  ({ token }) => backToLink(token),
);
