/** What can be reached over HTTP, found from the code and from what Next.js built of it. */
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const PROJECT = resolve(import.meta.dirname, "..");
/** An entry of the table in a `[...path]/route.ts`, as `"GET files/:ordinal":`. */
const ENTRIES = /^ +"(GET|POST) ([^"]+)":/gm;

/** Every page and every path of every route handler's table, as `GET /t/[token]`. */
export function routesInCode(): string[] {
  // Folders that begin with a dot are found only where it is said.
  return globSync(["app/**/{page,route}.{ts,tsx}", "app/.*/**/route.ts"], { cwd: PROJECT })
    .flatMap((file) => {
      const folder = file.replace(/\/(page|route)\.tsx?$/, "").replace(/^app|\/\([^)]+\)|\/\[\.\.\.path\]$/g, "");
      if (/page\.tsx?$/.test(file)) return [`GET ${folder || "/"}`];
      const entries = [...readFileSync(join(PROJECT, file), "utf8").matchAll(ENTRIES)];
      if (entries.length === 0)
        throw new Error(`${file} has no table of routes, so that no test knows what it answers.`);
      return entries.map(([, method, path]) => `${method} ${folder}/${path?.replace(/:(\w+)/g, "[$1]")}`);
    })
    .sort();
}

export type ServerAction = { name: string; id: string };

/** Every server action with the id that the build gave it, as `app/welcome/actions.ts signOut`. */
export function actionsInBuild(): ServerAction[] {
  const file = join(PROJECT, ".next", "server", "server-reference-manifest.json");
  const { node, edge } = JSON.parse(readFileSync(file, "utf8")) as Record<
    "node" | "edge",
    Record<string, { filename: string; exportedName: string }>
  >;
  return Object.entries({ ...node, ...edge })
    .map(([id, { filename, exportedName }]) => ({ id, name: `${filename} ${exportedName}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
