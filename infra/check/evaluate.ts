/**
 * Evaluates `sst.config.ts` without an account: under Pulumi's mocks, with SST's real components, so that every resource
 * that a deployment would make is known with its inputs. What it found is kept until a source changes.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { ensureBuild } from "../local/build.ts";
import { requirePlatform } from "./platform.ts";
import { defines, globals, type ProgramPaths, program } from "./program.ts";

export const PROJECT = resolve(import.meta.dirname, "../..");

/** A resource as Pulumi would make it: its type such as `aws:s3/bucket:Bucket`, its name in the config, its inputs. */
export type Resource = { type: string; name: string; inputs: Record<string, unknown> };

export type Stack = {
  app: { name: string; stage: string; protect: boolean; removal: string };
  resources: Resource[];
};

/** Stands for the deployer's own credentials, which no resource may take into the kept state. */
export const DEPLOYERS_KEY = "a-key-of-the-deployer";

/** Every resource of a stage. Throws with what the config said when it can't be evaluated. */
export async function evaluate(stage: string): Promise<Stack> {
  const platform = await requirePlatform(PROJECT);
  // The site's component reads what OpenNext has built.
  await ensureBuild(PROJECT);
  const folder = join(PROJECT, "node_modules", ".cache", "dormouse-infra");
  const result = join(folder, `${stage}-${hashSources()}.json`);
  if (!existsSync(result)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await run({ project: PROJECT, platform, result }, stage);
  }
  return JSON.parse(readFileSync(result, "utf8")) as Stack;
}

/** All that the resources depend on: the config, what it shares with the code, and the programs that read them. */
function hashSources(): string {
  const hash = createHash("sha256").update(
    JSON.stringify(Object.entries(process.env).filter(([name]) => /^DORMOUSE_/.test(name))),
  );
  const sources = [
    "sst.config.ts",
    "infra/*.ts",
    "infra/check/*.ts",
    "lib/db/indexes.ts",
    "package-lock.json",
    ".open-next/.dormouse-built",
  ];
  for (const file of globSync(sources, { cwd: PROJECT }).sort())
    hash.update(file).update(readFileSync(join(PROJECT, file)));
  return hash.digest("hex").slice(0, 16);
}

async function run(paths: ProgramPaths, stage: string): Promise<void> {
  // Beside the platform, so that its packages are found.
  const bundle = join(paths.platform, `dormouse-check-${process.pid}.mjs`);
  const rpc = await serveRpc();
  try {
    await build({
      stdin: { contents: program(paths), resolveDir: paths.platform, loader: "js" },
      outfile: bundle,
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
    await runNode(bundle, {
      // Nothing of the shell but where programs are and what settings.ts reads.
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|DORMOUSE_\w+)$/.test(name)),
      ),
      SST_SERVER: rpc.url,
      SST_SECRET_LinkSecret: "a secret of nobody",
      AWS_ACCESS_KEY_ID: DEPLOYERS_KEY,
      AWS_SECRET_ACCESS_KEY: DEPLOYERS_KEY,
      DORMOUSE_CHECK_STAGE: stage,
      PULUMI_NODEJS_STACK: stage,
    });
  } finally {
    rpc.close();
    rmSync(bundle, { force: true });
  }
}

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

/** Answers the calls that components make to SST's CLI while they are evaluated. */
async function serveRpc(): Promise<{ url: string; close(): void }> {
  type Build = { handler: string; bundle?: string };
  const answers: Record<string, (args: Build) => unknown> = {
    "Provider.Aws.Bootstrap": () => ({ asset: "assets", state: "state", assetEcrRegistryId: "1", assetEcrUrl: "ecr" }),
    "Runtime.Build": ({ handler, bundle }) => ({ handler, out: bundle, errors: [], sourcemaps: [] }),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as { method: string; params: [Build] };
    const answer = answers[method];
    response.end(JSON.stringify(answer ? { result: answer(params[0]) } : { error: `rpc: can't find ${method}` }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

function runNode(file: string, env: Record<string, string | undefined>): Promise<void> {
  const child = spawn(process.execPath, [file], { env: env as NodeJS.ProcessEnv, stdio: ["ignore", "pipe", "pipe"] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`sst.config.ts can't be evaluated:\n${Buffer.concat(said)}`)),
    );
  });
}
