/**
 * Evaluates `sst.config.ts` without an account: under Pulumi's mocks, with SST's real components, so that every resource
 * that a deployment would make is known with its inputs. What it found is kept until a source changes.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureBuild } from "../commands/build.ts";
import { bundleProgram, type ProgramPaths } from "./bundle-program.ts";
import { requirePlatform } from "./platform.ts";

export const PROJECT = resolve(import.meta.dirname, "../..");

/** A resource as Pulumi would make it: its type such as `aws:s3/bucket:Bucket`, its name in the config, its inputs. */
export type Resource = {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Inputs that a deployment leaves as they are by then. */
  ignoreChanges?: string[];
};

/** What SST's CLI was asked to bundle for a function: from where, with which links (name to properties' names). */
export type Build = { handler: string; links: Record<string, string[]>; install: Record<string, string> };

export type Stack = {
  app: { name: string; stage: string; protect: boolean; removal: string };
  resources: Resource[];
  /** By the name of the function in the config. */
  builds: Record<string, Build>;
};

/** Stands for the deployer's own credentials, which no resource may take into the kept state. */
export const DEPLOYERS_KEY = "a-key-of-the-deployer";

/** Every resource of a stage, with `settings` as they are in infra/settings.ts. Throws with what the config said. */
export async function evaluate(stage: string, settings: Record<string, string> = {}): Promise<Stack> {
  const platform = await requirePlatform(PROJECT);
  // The site's component reads what OpenNext has built.
  await ensureBuild(PROJECT);
  const hash = hashSources();
  const folder = join(PROJECT, "node_modules", ".cache", "dormouse-infra");
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder).filter((name) => !name.startsWith(hash))) rmSync(join(folder, old));
  const chosen = { ...ownSettings(), ...settings };
  const result = join(folder, `${hash}-${stage}-${digest(JSON.stringify(chosen))}.json`);
  if (!existsSync(result)) await run({ project: PROJECT, platform, result }, stage, chosen);
  return JSON.parse(readFileSync(result, "utf8")) as Stack;
}

/** What the shell says of settings.ts. */
const ownSettings = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => /^DORMOUSE_/.test(name)));

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** All that the resources depend on: the config, what it shares with the code, and the programs that read them. */
function hashSources(): string {
  const hash = createHash("sha256");
  const sources = [
    "sst.config.ts",
    "infra/*.ts",
    "infra/check/*.ts",
    "lib/db/indexes.ts",
    "lib/workflow/definition.ts",
    "package-lock.json",
    ".open-next/.dormouse-built",
  ];
  for (const file of globSync(sources, { cwd: PROJECT }).sort())
    hash.update(file).update(readFileSync(join(PROJECT, file)));
  return hash.digest("hex").slice(0, 16);
}

async function run(paths: ProgramPaths, stage: string, settings: Record<string, string | undefined>): Promise<void> {
  // Beside the platform, so that its packages are found.
  const bundle = join(paths.platform, `dormouse-check-${process.pid}.mjs`);
  const artifact = mkdtempSync(join(tmpdir(), "dormouse-artifact-"));
  writeFileSync(join(artifact, "index.mjs"), "");
  const rpc = await serveRpc(artifact);
  try {
    await bundleProgram(paths, bundle);
    await runNode(bundle, {
      // Nothing of the shell but where programs and compiled code are, and what settings.ts reads.
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|NODE_COMPILE_CACHE)$/.test(name)),
      ),
      ...settings,
      SST_SERVER: rpc.url,
      SST_SECRET_LinkKeys: "a key of nobody",
      SST_SECRET_GrantKeys: "a key of nobody",
      SST_SECRET_SignInKeys: "a key of nobody",
      AWS_ACCESS_KEY_ID: DEPLOYERS_KEY,
      AWS_SECRET_ACCESS_KEY: DEPLOYERS_KEY,
      DORMOUSE_CHECK_STAGE: stage,
      PULUMI_NODEJS_STACK: stage,
    });
    const stack = JSON.parse(readFileSync(paths.result, "utf8")) as Stack;
    writeFileSync(paths.result, JSON.stringify({ ...stack, builds: rpc.builds }));
  } finally {
    rpc.close();
    rmSync(bundle, { force: true });
    rmSync(artifact, { recursive: true, force: true });
  }
}

type BuildInput = {
  functionID: string;
  handler: string;
  bundle?: string;
  links?: Record<string, object>;
  properties?: { install?: Record<string, string> };
};

/**
 * Answers the calls that components make to SST's CLI while they are evaluated, and notes what they wanted to have built:
 * of our own functions, whose code is `artifact` here.
 */
async function serveRpc(artifact: string): Promise<{ url: string; builds: Record<string, Build>; close(): void }> {
  const builds: Record<string, Build> = {};
  const answers: Record<string, (args: BuildInput) => unknown> = {
    "Provider.Aws.Bootstrap": () => ({ asset: "assets", state: "state", assetEcrRegistryId: "1", assetEcrUrl: "ecr" }),
    "Runtime.Build": ({ functionID, handler, bundle, links = {}, properties }) => {
      if (!bundle) {
        builds[functionID] = {
          handler,
          links: Object.fromEntries(Object.entries(links).map(([name, link]) => [name, Object.keys(link).sort()])),
          install: properties?.install ?? {},
        };
      }
      return { handler, out: bundle ?? artifact, errors: [], sourcemaps: [] };
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as { method: string; params: [BuildInput] };
    const answer = answers[method];
    response.end(JSON.stringify(answer ? { result: answer(params[0]) } : { error: `rpc: can't find ${method}` }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, builds, close: () => server.close() };
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
