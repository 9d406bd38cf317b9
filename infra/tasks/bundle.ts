/** The programs of the containers, each in one file with all that it needs but Node. */
import { join } from "node:path";
import { build } from "esbuild";
import { taskList } from "../function-list.ts";

export type TaskName = keyof typeof taskList;

/** Where the program of a task has to lie for its image to be built. */
export const bundlePath = (project: string, name: TaskName): string =>
  join(project, taskList[name].image, "bundle", `${name}.mjs`);

/** Bundles the program of a task. */
export async function bundleTask(
  project: string,
  name: TaskName,
  outfile: string = bundlePath(project, name),
): Promise<void> {
  await build({
    absWorkingDir: project,
    entryPoints: [taskList[name].entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "error",
    // Packages written for CommonJS ask for Node's modules by `require`.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
  });
}
