import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lambda } from "./function.ts";
import { nameOf } from "./names.ts";

/**
 * What opens files of strangers. Whoever takes it over through a hole in a decoder has the bytes that it was given, and a
 * way to the bucket of uploads that is worth nothing without a signed URL: no right, no secret, no way out.
 */
export const inspect = lambda("inspect", {
  rights: [],
  links: [],
  shutIn: true,
  install: locked("sharp", "@napi-rs/canvas", "pdfjs-dist"),
});

export const Inspector = new sst.Linkable("Inspector", { properties: { name: nameOf("inspect") } });

/** Packages in the very versions that the tests ran with. */
function locked(...names: string[]): Record<string, string> {
  const lock = JSON.parse(readFileSync(join($cli.paths.root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string }>;
  };
  return Object.fromEntries(names.map((name) => [name, lock.packages[`node_modules/${name}`]!.version]));
}
