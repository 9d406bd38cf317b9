/**
 * Several paths behind one route handler of Next.js. Each route handler that the build finds gets a copy of everything
 * that it imports, of which a function's zip and its memory then hold as many.
 */
import { VisibleError } from "#lib/kernel/errors.ts";
import { type Back, refusal } from "./refusal.ts";

class PathNotFound extends VisibleError {
  constructor() {
    super("PathNotFound", 404, "There is nothing at this address.");
  }
}

/** The names behind colons in a path: `files/:ordinal` has `ordinal`. */
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
 * `routes`: handlers by method and path, as `"GET files/:ordinal"`; a path that is written out stands before one with
 * names. To be exported as `GET` and `POST` from a `[...path]/route.ts`; `Parent` has the parameters of its folders. HEAD
 * is answered as GET, another path with 404, another method with 405. `back`: where a person may go who finds nothing.
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
      // Guarantee: Next.js hands over the parameters of the folders.
      return refusal(request, back(parent as Parent), new PathNotFound());
    };
    return { GET: answer, POST: answer };
  };

/** What the names of `segments` are in `path`, or undefined where that is another path. */
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
