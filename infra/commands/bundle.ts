/** Bundles the functions other than the web's, each into one module, as they are deployed. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { BuildOptions, Message } from "esbuild";
import { functionList } from "../function-list.ts";
import { CommandError } from "../local/core/command-error.ts";

/** Native or large packages, which are found in the project. */
const EXTERNAL = ["sharp", "@napi-rs/canvas", "pdfjs-dist"];

/** CommonJS packages call `require` also inside a module. */
const BANNER = `import { createRequire as createRequireOfBundle } from "node:module";
const require = createRequireOfBundle(import.meta.url);`;

/** Functions with an entry, and functions whose entry is missing. */
function present(project: string): { names: string[]; missing: string[] } {
  const [names, missing]: [string[], string[]] = [[], []];
  for (const [name, { entry }] of Object.entries(functionList))
    (existsSync(join(project, entry)) ? names : missing).push(name);
  return { names, missing };
}

function optionsOf(project: string, out: string, names: readonly string[]): BuildOptions {
  return {
    absWorkingDir: project,
    entryPoints: names.map((name) => ({ in: functionList[name]?.entry ?? "", out: `${name}/index` })),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    banner: { js: BANNER },
    external: EXTERNAL,
    sourcemap: "linked",
    logLevel: "silent",
  };
}

const describe = (errors: readonly Message[]): string =>
  errors
    .map(({ text, location }) => (location ? `${location.file}:${location.line}:${location.column}: ${text}` : text))
    .join("\n");

/**
 * Bundles into `<out>/<name>/index.mjs`; functions without an entry are left out, and returned. Throws CommandError.
 */
export async function bundleFunctions(project: string, out: string): Promise<void> {
  const { names, missing } = present(project);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  if (missing.length > 0) console.error(`Functions without an entry yet, left out: ${missing.join(", ")}.`);
  if (names.length === 0) return;
  const { build } = await import("esbuild");
  await build(optionsOf(project, out, names)).catch((error: { errors?: Message[] }) => {
    if (!error.errors) throw error;
    throw new CommandError(`${describe(error.errors)}\n\nThe functions could not be bundled; why is above.`);
  });
}

/** Lets bundles in `folder` find the packages that they do not contain. */
export function linkPackages(project: string, folder: string): void {
  const link = join(folder, "node_modules");
  rmSync(link, { force: true });
  symlinkSync(join(project, "node_modules"), link);
}

/** Bundles, and again whenever a source changes; `onChange` is called each time except the first. */
export async function watchFunctions(
  project: string,
  out: string,
  onChange: () => void,
): Promise<{ close(): Promise<void> }> {
  await bundleFunctions(project, out);
  linkPackages(project, out);
  const { names } = present(project);
  if (names.length === 0) return { close: async () => undefined };
  const { context } = await import("esbuild");
  let builds = 0;
  const told = await context({
    ...optionsOf(project, out, names),
    plugins: [
      {
        name: "tell",
        setup: ({ onEnd }) =>
          onEnd(({ errors }) => {
            builds += 1;
            if (errors.length > 0) console.error(`functions: ${describe(errors)}`);
            else if (builds > 1) onChange();
          }),
      },
    ],
  });
  await told.watch();
  return { close: () => told.dispose() };
}
