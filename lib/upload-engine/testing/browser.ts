import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright";

const ENGINE_DIR = resolve(import.meta.dirname, "..");
const PROGRAMS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The Chromium of this machine, or undefined if there is none. */
export const findChromium = (): string | undefined => PROGRAMS.find((path) => path !== undefined && existsSync(path));

export const launch = (executablePath: string, more: string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--js-flags=--expose-gc", ...more],
  });

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve(ENGINE_DIR, entry)],
    bundle: true,
    format: "esm",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

const PAGE = `<!doctype html><title>Engine</title><input id="folder" type="file" webkitdirectory><input id="file" type="file">
<main id="drop">Drop</main><script type="module" src="/page.js"></script>`;

/** The content security policy of the app's pages, as far as it concerns the engine. */
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' http://127.0.0.1:*";

/** A page with the engine bundled as in the app, and its worker; calls to the app are forwarded to `appUrl`. */
export async function servePage(appUrl: string): Promise<{ url: string; server: Server }> {
  const files: Record<string, { type: string; text: string }> = {
    "/": { type: "text/html", text: PAGE },
    "/page.js": { type: "text/javascript", text: await bundle("testing/page.ts") },
    "/hasher.worker.ts": { type: "text/javascript", text: await bundle("hasher.worker.ts") },
  };
  const server = createServer(async (request, response) => {
    const file = files[request.url ?? ""];
    response.setHeader("content-security-policy", POLICY);
    if (file) return void response.writeHead(200, { "content-type": file.type }).end(file.text);
    if (!request.url?.startsWith("/api/")) return void response.writeHead(404).end();
    const body = new Uint8Array(Buffer.concat(await request.toArray()));
    try {
      const answer = await fetch(appUrl + request.url, {
        method: request.method ?? "GET",
        ...(request.method === "POST" ? { body } : {}),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
