import { routeTable } from "#lib/web/route-table.ts";

/** What a program can learn of this site when its address is all it knows. */
export const { GET, POST } = routeTable()(
  {
    /** Where the API is. */
    "GET dormouse": () => {
      const api = process.env["DORMOUSE_API_URL"];
      if (!api) return new Response(null, { status: 404 });
      return Response.json({ api }, { headers: { "cache-control": "no-store" } });
    },
  },
  () => ({ href: "/", label: "Back to the beginning" }),
);
