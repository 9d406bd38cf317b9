/**
 * `npm run build:cli`: the package `dist/cli` with the command line program and the API's client, each bundled into one
 * file, without dependencies. `npm pack ./dist/cli` makes a tarball of it that npx can run.
 */
import { execFile } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const PROJECT = resolve(import.meta.dirname, "../..");

/** Node's oldest version that the bundle runs on. */
const NODE = "22.12";

/** A program for Node, bundled into one file as the command line program is. */
export async function bundleProgram(
  entry: string,
  outfile: string,
  define: Record<string, string> = {},
): Promise<void> {
  await build({
    absWorkingDir: PROJECT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    // A module of ECMAScript would load all of Node's modules that any command imports before the first line runs.
    format: "cjs",
    platform: "node",
    target: `node${NODE}`,
    minify: true,
    legalComments: "none",
    logLevel: "error",
    define,
  });
}

/** Writes the package into `out`. */
export async function buildCli(out: string): Promise<void> {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(PROJECT, "package.json"), "utf8"),
  ) as Record<string, string>;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await bundleProgram("cli/main.ts", join(out, "dormouse.cjs"), { DORMOUSE_VERSION: JSON.stringify(version) });
  await build({
    absWorkingDir: PROJECT,
    entryPoints: ["lib/api-client/client.ts"],
    outfile: join(out, "client.js"),
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
  });
  await writeTypes(out);
  copyFileSync(join(PROJECT, "cli", "dormouse.1"), join(out, "dormouse.1"));
  copyFileSync(join(PROJECT, "LICENSE"), join(out, "LICENSE"));
  copyFileSync(join(PROJECT, "docs", "cli.md"), join(out, "README.md"));
  const manifest = {
    ...{ name, version, description, license },
    type: "module",
    engines: { node: `>=${NODE}` },
    bin: { dormouse: "dormouse.cjs" },
    man: "dormouse.1",
    exports: { "./client": { types: "./client.d.ts", default: "./client.js" } },
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The client's types, as the compiler declares them. */
async function writeTypes(out: string): Promise<void> {
  const options =
    "--ignoreConfig --declaration --emitDeclarationOnly --skipLibCheck --strict --target es2024 --module esnext";
  const tsc = join(PROJECT, "node_modules", ".bin", "tsc");
  const imports = "--moduleResolution bundler --rewriteRelativeImportExtensions --exactOptionalPropertyTypes";
  const args = [...`${options} ${imports} --outDir`.split(" "), out, "lib/api-client/client.ts"];
  await promisify(execFile)(tsc, args, { cwd: PROJECT });
  for (const file of globSync("*.d.ts", { cwd: out })) {
    const text = readFileSync(join(out, file), "utf8");
    writeFileSync(join(out, file), text.replace(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
}

if (process.argv[1] === import.meta.filename) await buildCli(join(PROJECT, "dist", "cli"));
