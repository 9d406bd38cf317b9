/**
 * Several paths behind one route handler of Next.js. Each route handler that the build finds gets a copy of everything
 * that it imports, which makes a function's zip and memory larger.
 */
import { VisibleError } from "#lib/kernel/errors.ts";
import { type Back, refusal } from "./refusal.ts";

class PathNotFound extends VisibleError {
  constructor() {
    super("PathNotFound", 404, "There is nothing at this address.");
  }
}

/** The parameters of a path: `files/:ordinal` has `ordinal`. */
type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & ParamsOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Record<Name, string>
    : unknown;

type Named = Record<string, string>;
type Handler<Params> = (request: Request, params: Params) => Response | Promise<Response>;
type NextHandler<Parent> = (
  request: Request,
  route: { params: Promise<Parent & { path: string[] }> },
) => Promise<Response>;

/**
 * `routes`: handlers by method and path, as `"GET files/:ordinal"`; literal paths must come before paths with
 * parameters. To be exported as `GET` and `POST` from a `[...path]/route.ts`; `Parent` has the parameters of its
 * folders. HEAD is answered as GET, an unknown path with 404, another method with 405. `back`: the link on the 404
 * page.
 */
export const routeTable =
  <Parent extends object = object>() =>
  <const Route extends string>(
    routes: { [R in Route]: Handler<Parent & ParamsOf<R>> },
    back: (parent: Parent) => Back,
  ): { GET: NextHandler<Parent>; POST: NextHandler<Parent> } => {
    const table = (Object.entries(routes) as [string, Handler<object>][]).map(([route, handler]) => {
      const [method = "", path = ""] = route.split(" ");
      return { method, segments: path.split("/"), handler };
    });
    const answer: NextHandler<Parent> = async (request, { params }) => {
      const { path, ...parent } = await params;
      const there = table.flatMap(({ segments, ...entry }) => {
        const named = match(segments, path);
        return named ? [{ ...entry, named }] : [];
      });
      const method = request.method === "HEAD" ? "GET" : request.method;
      const found = there.find((entry) => entry.method === method);
      if (found) return found.handler(request, { ...parent, ...found.named });
      const allow = [...new Set(there.map((entry) => entry.method))].join(", ");
      if (allow) return new Response(null, { status: 405, headers: { allow } });
      // Guarantee: Next.js passes the parameters of the folders.
      return refusal(request, back(parent as Parent), new PathNotFound(), "Page not found");
    };
    return { GET: answer, POST: answer };
  };

/** The values of the parameters of `segments` in `path`, or undefined if the path does not match. */
function match(segments: string[], path: string[]): Named | undefined {
  if (segments.length !== path.length) return undefined;
  const named: Named = {};
  for (const [at, segment] of segments.entries()) {
    const given = path[at] ?? "";
    if (segment.startsWith(":")) named[segment.slice(1)] = given;
    else if (segment !== given) return undefined;
  }
  return named;
}
