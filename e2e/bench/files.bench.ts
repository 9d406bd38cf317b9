/**
 * Ten thousand small files in three hundred folders, sent by Dormouse's page in Chromium against the local cloud: once
 * with nothing in the way, once over a line of 50 ms round trip.   --files 10000
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium } from "playwright";
import { ensureBuild } from "#infra/commands/build.ts";
import { CHROMIUM_ARGS, requireWholeChromium } from "#infra/commands/chromium.ts";
import { CommandError } from "#infra/local/core/command-error.ts";
import type { LedgerEntry } from "#infra/local/core/ledger.ts";
import { awsVariables } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import { freePorts } from "#infra/local/testing/temporary.ts";
import { insertSession } from "#lib/members/session.store.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { seeded, seededBytes } from "#lib/upload-engine/testing/seeded.ts";
import { type Dormouse, familyOf, startDormouse, stopDormouse } from "../fixtures.ts";
import type { Bench } from "./main.ts";
import { short } from "./statistics.ts";
import { Line } from "./upload/line.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const FOLDERS = 300;
const SHAPE = { bitsPerSecond: 1e12, roundTripMs: 50 };
const TIMEOUT_MS = 600_000;

/** Write units are those of transactions and batches until the last reservation is answered, also of what else uses them. */
type Figure = {
  seconds: number;
  registeredSeconds: number;
  filesPerSecond: number;
  writeUnitsPerFile: number;
  writeUnits: Record<string, number>;
  longTasks: number;
  longestTaskMs: number;
  scrolled: boolean;
  cpuSeconds: Record<string, number>;
  busiest: string;
};

function writeTree(folder: string, files: number): void {
  const random = seeded(1);
  for (let index = 0; index < files; index++) {
    const into = join(folder, `folder ${index % FOLDERS}`);
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, `${index}.bin`), seededBytes(index, 1024 + Math.floor(random() * 49 * 1024)));
  }
}

/** Seconds of processor that a family of processes has used, by what each process is. */
function cpuByKind(roots: number[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const pid of roots.flatMap(familyOf)) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      const kind = kindOf(words);
      sums[kind] = (sums[kind] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It has ended by itself.
    }
  }
  return sums;
}

function kindOf(words: string): string {
  if (words.includes("--type=renderer")) return "renderer";
  if (words.includes("--type=") || words.includes("chrom")) return "rest of the browser";
  if (words.includes("s3/engine")) return "S3";
  if (words.includes("lambda/bootstrap")) return "functions";
  if (words.includes("dynoxide")) return "DynamoDB";
  return "local cloud and router";
}

function writeUnits(home: string, from: string, to: string): Record<string, number> {
  const sums: Record<string, number> = {};
  const folder = join(home, "ledger");
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean)) {
      const { at, service, operation, units } = JSON.parse(line) as LedgerEntry & { at: string };
      if (service !== "dynamodb" || at < from || at > to) continue;
      if (operation !== "TransactWriteItems" && operation !== "BatchWriteItem") continue;
      sums[operation] = (sums[operation] ?? 0) + (units.writeUnits ?? 0);
    }
  }
  return sums;
}

async function send(dormouse: Dormouse, browser: Browser, folder: string, files: number): Promise<Figure> {
  const owner = await makeWorkspace();
  const { workspaceId, memberId } = owner.as("owner").actor;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const value = await insertSession({ workspaceId, memberId }, new Date());
  await context.addCookies([{ name: "dormouse_session", value, url: dormouse.url }]);
  const page = await context.newPage();
  await page.goto(`${dormouse.url}/transfers`);
  await page.getByTestId("folder").setInputFiles(folder);
  const button = page.getByRole("button", { name: "Create link and send" });
  await button.waitFor();
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  let registered = 0;
  page.on("requestfinished", (request) => {
    if (request.url().endsWith("/api/upload/v1/reserve")) registered = Date.now();
  });
  const roots = [process.pid];
  const before = cpuByKind(roots);
  const from = Date.now();
  await button.click();
  await page.locator("section[data-state]").first().waitFor();
  await page.mouse.move(640, 500);
  await page.mouse.wheel(0, 3000);
  const sealed = page.locator('[data-state="sealed"]').first().waitFor({ timeout: TIMEOUT_MS });
  const scrolled = await page
    .waitForFunction(() => [...document.querySelectorAll("*")].some(({ scrollTop }) => scrollTop > 0), undefined, {
      timeout: 10_000,
    })
    .then(
      () => true,
      () => false,
    );
  await sealed;
  const seconds = (Date.now() - from) / 1000;
  const after = cpuByKind(roots);
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  await context.close();
  const cpuSeconds = Object.fromEntries(
    Object.entries(after).map(([kind, used]) => [kind, used - (before[kind] ?? 0)] as const),
  );
  const units = writeUnits(dormouse.home, new Date(from).toISOString(), new Date(registered).toISOString());
  return {
    seconds,
    registeredSeconds: (registered - from) / 1000,
    filesPerSecond: files / seconds,
    writeUnitsPerFile: Object.values(units).reduce((sum, some) => sum + some, 0) / files,
    writeUnits: units,
    longTasks: tasks.length,
    longestTaskMs: Math.max(0, ...tasks),
    scrolled,
    cpuSeconds,
    busiest: Object.entries(cpuSeconds).sort((a, b) => b[1] - a[1])[0]?.[0] ?? "",
  };
}

function tell(name: string, figure: Figure): void {
  const cpu = Object.entries(figure.cpuSeconds).map(([kind, used]) => `${kind} ${used.toFixed(1)} s`);
  console.log(
    `${name.padEnd(8)}registered in ${short(figure.registeredSeconds)} s, ${short(figure.writeUnitsPerFile)} write units a file; ` +
      `${figure.filesPerSecond.toFixed(0)} files a second; ${figure.longTasks} long tasks, the longest ` +
      `${figure.longestTaskMs.toFixed(0)} ms; the list ${figure.scrolled ? "scrolls" : "DOES NOT SCROLL"}`,
  );
  console.log(
    `${name.padEnd(8)}busiest: ${figure.busiest} (${cpu.join(", ")} of processor in ${short(figure.seconds)} s)`,
  );
}

async function run(words: string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({ args: words, options: { files: { type: "string", default: "10000" } } });
  const files = Number(values.files);
  if (!Number.isInteger(files) || files < 1) throw new CommandError("--files takes a whole number of at least 1.");
  await ensureBuild(PROJECT);
  const folder = mkdtempSync(join(tmpdir(), "dormouse-files-bench-"));
  const home = join(folder, "home");
  const port = await freePorts();
  const dormouse = await startDormouse(home, port);
  const line = new Line(SHAPE);
  const browsers: Browser[] = [];
  const launch = async (args: string[] = []) => {
    const browser = await chromium.launch({
      executablePath: requireWholeChromium(),
      args: [...CHROMIUM_ARGS, ...args],
    });
    browsers.push(browser);
    return browser;
  };
  try {
    const environment = loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` });
    Object.assign(process.env, awsVariables(environment));
    writeTree(join(folder, "tree"), files);
    const ends = [["localhost", port] as const, ["127.0.0.1", port + 1] as const];
    const rules = await Promise.all(
      ends.map(async ([host, far]) => `MAP ${host}:${far} 127.0.0.1:${await line.relay(far)}`),
    );
    const plain = await send(dormouse, await launch(), join(folder, "tree"), files);
    tell("no delay", plain);
    const delayed = await send(
      dormouse,
      await launch([`--host-resolver-rules=${rules.join(",")}`]),
      join(folder, "tree"),
      files,
    );
    tell("50 ms", delayed);
    return { files, plain, delayed };
  } finally {
    for (const browser of browsers) await browser.close();
    line.close();
    await stopDormouse(dormouse);
    rmSync(folder, { recursive: true, force: true });
  }
}

export default {
  about: "ten thousand small files by Dormouse's page: registration, speed, long tasks",
  run,
} satisfies Bench;
