/** Bundles the service worker's script into the folder whose files Next.js and OpenNext serve unchanged. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const ENTRY = "lib/download-engine/download.worker.ts";
const SCRIPT = "public/download-worker.js";

/**
 * Writes it when it is missing or has changed. It is served from the app's root, because a worker only sees requests
 * below its own path.
 */
export async function bundleServiceWorker(project: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: project,
    entryPoints: [ENTRY],
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    legalComments: "none",
    write: false,
  });
  const text = outputFiles[0]?.text ?? "";
  const file = join(project, SCRIPT);
  mkdirSync(join(project, "public"), { recursive: true });
  if (textOf(file) !== text) writeFileSync(file, text);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
