import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** As the functions are bundled: CommonJS packages within need a `require` of Node's. */
const BANNER = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

const ENTRY = `
import { detectType } from "./detect-type.ts";
import { makeDocument } from "./make-document.ts";
import { makePicture } from "./make-picture.ts";
import { listArchive } from "./list-archive.ts";
import { probeMedia } from "./probe-media.ts";
import { memorySource } from "./testing/memory-source.ts";
import { sampleDocx, sampleJpeg, samplePdf, sampleWav, sampleZip } from "./testing/samples.ts";

export const handler = async () => {
  const pdf = memorySource(samplePdf());
  const { type } = await detectType(pdf, { name: "a.pdf" });
  const made = [
    await makeDocument(pdf, type),
    await makePicture(memorySource(await sampleJpeg())),
    await listArchive(memorySource(sampleZip()), "application/zip"),
    await makeDocument(memorySource(sampleDocx(["x"])), "openxmlformats-officedocument"),
    await probeMedia(memorySource(sampleWav()), "audio/wav"),
  ];
  return made.map(({ renditions, facts }) => [renditions.map(({ name }) => name), facts]);
};
`;

test("it works as one file, as functions run it: the thread finds its code there", async (t) => {
  // Below node_modules' parent, as in a function, so that what is not bundled is found.
  const directory = join(here, "../../node_modules/.cache", `dormouse-bundle-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const outfile = join(directory, "index.mjs");
  await build({
    stdin: { contents: ENTRY, resolveDir: here, loader: "ts" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: ["sharp", "@napi-rs/canvas", "pdfjs-dist"],
    banner: { js: BANNER },
    logLevel: "silent",
  });
  const runner = join(directory, "run.mjs");
  writeFileSync(runner, 'import { handler } from "./index.mjs"; console.log(JSON.stringify(await handler()));');
  const { stdout } = await promisify(execFile)(process.execPath, [runner], { cwd: "/" });
  assert.deepEqual(JSON.parse(stdout), [
    [["page-1.webp", "text.txt"], { pages: 1 }],
    [["thumb.webp", "view.webp"], { width: 40, height: 60 }],
    [["entries.json"], { entries: 3 }],
    [["text.txt"], { pages: 1 }],
    [[], { seconds: 1 }],
  ]);
});
