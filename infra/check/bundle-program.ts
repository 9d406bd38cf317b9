/** Bundles program.ts with the project's config and SST's components, as SST's CLI would bundle the config. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

/** Where things are, for the program. */
export type ProgramPaths = { project: string; platform: string; result: string };

/** `outfile` is to lie beside the platform, so that its packages are found. */
export async function bundleProgram(paths: ProgramPaths, outfile: string): Promise<void> {
  await build({
    stdin: { contents: entry(paths), resolveDir: paths.platform, loader: "js" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    logLevel: "silent",
    define: defines(paths),
    inject: [join(paths.platform, "src", "shim", "run.js")],
    banner: {
      js: `import { createRequire as $require } from "node:module";const require = $require(import.meta.url);`,
    },
    plugins: [projectFiles(paths)],
  });
}

/** Only the bundle finds these modules together: the platform's are not the project's. */
const entry = ({ project, platform, result }: ProgramPaths): string => `
import * as pulumi from "@pulumi/pulumi";
import { collectResources } from "${project}/infra/check/program.ts";
await collectResources({
  pulumi,
  config: () => import("${project}/sst.config.ts"),
  runner: () => import("${platform}/src/auto/run.ts"),
  stage: process.env.DORMOUSE_CHECK_STAGE,
  result: ${JSON.stringify(result)},
});
`;

/** What the CLI would define: constants that components and the config read. */
const defines = ({ project, platform }: ProgramPaths): Record<string, string> => ({
  $cli: JSON.stringify({
    command: "deploy",
    rpc: "",
    home: "aws",
    paths: { home: project, root: project, work: `${project}/.sst`, platform },
    state: { version: {} },
  }),
  $dev: "false",
});

/** Names that are global in the config and in infra/; SST's CLI puts these imports before the project's files. */
const globals = ({ platform }: ProgramPaths): string => `
import * as aws from "@pulumi/aws";
import * as sst from "${platform}/src/components/index.ts";
`;

/** The project's own files see the config's globals; packages stay where they are. */
function projectFiles(paths: ProgramPaths): Plugin {
  return {
    name: "project-files",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^#/ }, ({ path }) => ({ path: join(paths.project, path.slice(1)) }));
      onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
        kind === "entry-point" ? undefined : { path, external: true },
      );
      onLoad({ filter: /(sst\.config|[\\/]infra[\\/][\w-]+)\.ts$/ }, ({ path }) => ({
        contents: `${globals(paths)}\n${readFileSync(path, "utf8")}`,
        loader: "ts",
      }));
    },
  };
}
