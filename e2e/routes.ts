/** What can be reached over HTTP, found from the code and from what Next.js built of it. */
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const PROJECT = resolve(import.meta.dirname, "..");
const METHODS = /export (?:async function|function|const) (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/g;

/** Every page and every method of every route handler, as `GET /t/[token]`. */
export function routesInCode(): string[] {
  return globSync("app/**/{page,route}.{ts,tsx}", { cwd: PROJECT })
    .flatMap((file) => {
      const path = file.replace(/^app/, "").replace(/\/(page|route)\.tsx?$/, "");
      const url = path.replace(/\/\([^)]+\)/g, "") || "/";
      if (/page\.tsx?$/.test(file)) return [`GET ${url}`];
      const source = readFileSync(join(PROJECT, file), "utf8");
      return [...source.matchAll(METHODS)].map(([, method]) => `${method} ${url}`);
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
