/** The programs of the containers, each in one file with all that it needs but Node. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { taskList } from "../function-list.ts";

export type TaskName = keyof typeof taskList;

/** Where the program of a task has to lie for its image to be built. */
export const bundlePath = (project: string, name: TaskName): string =>
  join(project, taskList[name].image, "bundle", `${name}.mjs`);

/** One file for the containers' Node, which has all that it needs. */
export const BUNDLED = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  sourcemap: "inline",
  sourcesContent: false,
  logLevel: "error",
  // Packages written for CommonJS ask for Node's modules by `require`.
  banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
} satisfies BuildOptions;

/** Bundles the program of a task. */
export async function bundleTask(
  project: string,
  name: TaskName,
  outfile: string = bundlePath(project, name),
): Promise<void> {
  await build({ ...BUNDLED, absWorkingDir: project, entryPoints: [taskList[name].entry], outfile });
  // COPY keeps a file's rights, and the container's user is not the one who builds.
  chmodSync(outfile, 0o644);
}
