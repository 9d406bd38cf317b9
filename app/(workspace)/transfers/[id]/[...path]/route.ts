import {
  FileOrdinal,
  GrantMemberDownloads,
  ListMemberDownloads,
  PREVIEW_MAX_AGE,
  PreviewName,
} from "#lib/downloads/download.schema.ts";
import { grantMemberDownload } from "#lib/downloads/grant-member-download.ts";
import { grantMemberDownloads } from "#lib/downloads/grant-member-downloads.ts";
import { grantMemberPreview } from "#lib/downloads/grant-member-preview.ts";
import { listMemberDownloads } from "#lib/downloads/list-member-downloads.ts";
import { backToTransfer, memberRedirect } from "#lib/web/guest-route.ts";
import { memberGet, memberPost } from "#lib/web/protocol-route.ts";
import { routeTable } from "#lib/web/route-table.ts";

/** The workspace's own files. What members take is not counted. */
export const { GET, POST } = routeTable<{ id: string }>()(
  {
    /** What can be downloaded, for "Download all": `?from=` is an ordinal. */
    "GET files/entries": memberGet(ListMemberDownloads, listMemberDownloads, ({ id }) => ({ id })),

    /** Grants several downloads at once, to programs of the page that save them. */
    "POST files/grants": memberPost(GrantMemberDownloads, grantMemberDownloads, ({ id }) => ({ id })),

    /** Downloads one file: a redirect to a URL at S3 that soon expires. */
    "GET files/:ordinal": (request, { id, ordinal }) =>
      memberRedirect(request, id, (ctx, by) =>
        grantMemberDownload(ctx, { id, ordinal: FileOrdinal.parse(ordinal), head: by === "head" }),
      ),

    /** Shows what was made of a file: a redirect to a URL at S3 that lives for a minute. */
    "GET files/:ordinal/preview/:name": (request, { id, ordinal, name }) => {
      const preview = () => ({ id, ordinal: FileOrdinal.parse(ordinal), name: PreviewName.parse(name) });
      return memberRedirect(request, id, (ctx, by) => grantMemberPreview(ctx, { ...preview(), head: by === "head" }), {
        maxAge: PREVIEW_MAX_AGE,
      });
    },
  },
  ({ id }) => backToTransfer(id),
);
