/**
 * The web function against an empty Next.js app's: how large its zip is, and how long from starting the process to the
 * last byte of the first page. On Lambda the time to fetch the code comes on top, which grows with the zip.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureBuild } from "#infra/commands/build.ts";
import { functionVariables } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import type { FunctionConfig } from "#infra/local/services/lambda/function.ts";
import { startInstance } from "#infra/local/services/lambda/instance.ts";
import { buildEmptyApp } from "./empty-app.ts";
import type { Bench } from "./main.ts";
import { MIB, median, short } from "./statistics.ts";
import { zipSize } from "./zip-size.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const ROUNDS = 15;

const bundleOf = (folder: string): string => join(folder, ".open-next", "server-functions", "default");

/** Milliseconds of the initialisation, and until the last byte of a first page. */
type Start = { init: number; firstPage: number };

async function coldStart(config: FunctionConfig, path: string): Promise<Start> {
  const from = performance.now();
  let init = Number.NaN;
  const ready = Promise.withResolvers<void>();
  const instance = await startInstance(config, {
    idle() {
      if (Number.isNaN(init)) init = performance.now() - from;
      ready.resolve();
    },
    gone: (error) => ready.reject(error ?? new Error("The function ended.")),
    report: () => undefined,
    log: () => undefined,
  });
  await ready.promise;
  const answer = await instance.invoke("cold", JSON.stringify(getEvent(path)));
  if (answer.mode !== "streaming") throw new Error("The function does not stream.");
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk as Buffer);
  const firstPage = performance.now() - from;
  await instance.stop();
  const said = Buffer.concat(chunks).toString("latin1");
  if (!said.startsWith('{"statusCode":200')) throw new Error(`${path} was answered with ${said.slice(0, 200)}`);
  return { init, firstPage };
}

/** A GET in payload format 2.0, from a client that takes no compressed answer. */
const getEvent = (rawPath: string) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath,
  rawQueryString: "",
  headers: { host: "localhost", accept: "text/html", "x-forwarded-host": "localhost", "x-forwarded-proto": "https" },
  requestContext: { http: { method: "GET", path: rawPath, sourceIp: "127.0.0.1" }, timeEpoch: Date.now() },
  isBase64Encoded: false,
});

async function run(): Promise<Record<string, unknown>> {
  await ensureBuild(PROJECT);
  console.log("Building the empty app …");
  const empty = buildEmptyApp(PROJECT);
  const home = mkdtempSync(join(tmpdir(), "dormouse-cold-start-"));
  try {
    const environment = functionVariables(loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home }));
    const common = { handler: "index.handler", memoryMb: 1024, timeoutMs: 30_000, concurrency: 1, region: "us-east-1" };
    const sides = {
      ours: { config: { ...common, name: "ours", bundle: bundleOf(PROJECT), environment }, path: "/welcome" },
      empty: { config: { ...common, name: "empty", bundle: bundleOf(empty.folder), environment }, path: "/" },
    };
    const starts: Record<keyof typeof sides, Start[]> = { ours: [], empty: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, { config, path }] of Object.entries(sides)) {
        const start = await coldStart(config, path);
        // The first round brings the files into memory.
        if (round > 0) starts[name as keyof typeof sides].push(start);
      }
    }
    const of = (name: keyof typeof sides, figure: keyof Start) => median(starts[name].map((start) => start[figure]));
    const zip = { ours: zipSize(bundleOf(PROJECT)), empty: zipSize(bundleOf(empty.folder)) };
    const ratios = {
      coldStart: of("ours", "firstPage") / of("empty", "firstPage"),
      init: of("ours", "init") / of("empty", "init"),
    };
    const milliseconds = { ours: of("ours", "firstPage"), empty: of("empty", "firstPage") };
    const zipOverMiB = (zip.ours - zip.empty) / MIB;
    console.log(`first page   ${milliseconds.ours.toFixed(0)} ms, empty ${milliseconds.empty.toFixed(0)} ms`);
    console.log(`ratio        ${short(ratios.coldStart)} (initialisation alone ${short(ratios.init)})`);
    console.log(`zip          ${short(zip.ours / MIB)} MiB, ${short(zipOverMiB)} MiB over the empty one`);
    return { ratios, milliseconds, zipBytes: zip, zipOverMiB, rounds: ROUNDS };
  } finally {
    empty.remove();
    rmSync(home, { recursive: true, force: true });
  }
}

export default { about: "the web function's zip and cold start over an empty Next.js app's", run } satisfies Bench;
