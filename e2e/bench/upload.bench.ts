/**
 * Uploads one file in turn by Dormouse's page, by a bare loop that PUTs the same presigned parts with no hashing and no
 * interface (the limit), by Uppy, by tus and by the aws command line: all in Chromium against the local S3, in one run.
 * A person writes a title between picking and pressing, which Dormouse uses; “at once” is without.
 *   --size 1GiB   --rounds 3   --only ours,oursAtOnce,bareLoop,oursShaped,oursAtOnceShaped,bareLoopShaped,uppy,tus,awsCli
 */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright";
import { ensureBuild } from "#infra/commands/build.ts";
import { CHROMIUM_ARGS, requireWholeChromium } from "#infra/commands/chromium.ts";
import { CommandError } from "#infra/local/core/command-error.ts";
import { awsVariables } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import { freePorts } from "#infra/local/testing/temporary.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { db } from "#lib/db/service.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { insertSession } from "#lib/members/session.store.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { type Dormouse, startDormouse, stopDormouse } from "../fixtures.ts";
import type { Bench } from "./main.ts";
import { describeMemory, largest, type Memory, memoryOf } from "./memory.ts";
import { MIB, median, short } from "./statistics.ts";
import { type ComparedTools, serveComparedTools } from "./upload/compared-tools.ts";
import { Line } from "./upload/line.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const CONNECTIONS = 6;
const SHAPE = { bitsPerSecond: 1e9, roundTripMs: 50 };
/** A short title, in the time of someone who types fast: 12 characters a second. */
const TITLE = { words: "Rushes of Tuesday", delay: 80 };
const SIDES = [
  "ours",
  "oursAtOnce",
  "bareLoop",
  "oursShaped",
  "oursAtOnceShaped",
  "bareLoopShaped",
  "uppy",
  "tus",
  "awsCli",
] as const;
type Side = (typeof SIDES)[number];

/**
 * Milliseconds, of which `beforeMs` until the first part was begun and `afterMs` from the last one's answer on; the most
 * that the tab held; requests and bytes to the app alone.
 */
type Figure = {
  ms: number;
  beforeMs?: number;
  afterMs?: number;
  tab?: Memory;
  appRequests?: number;
  appBytes?: number;
};
type Timed = Required<Pick<Figure, "ms" | "beforeMs" | "afterMs">>;

type Stage = {
  file: string;
  bytes: number;
  dormouse: Dormouse;
  comparedTools: ComparedTools;
  owner: Awaited<ReturnType<typeof makeWorkspace>>;
  fast: Browser;
  shaped: Browser;
};

const UNITS: Record<string, number> = { KiB: 1024, MiB: MIB, GiB: 1024 * MIB };

function parseSize(text: string): number {
  const [, number, unit = ""] = /^(\d+)(KiB|MiB|GiB)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (!number || !factor) throw new CommandError(`“${text}” is no size: write it as 512MiB or 1GiB.`);
  return Number(number) * factor;
}

function parseWords(words: string[]) {
  const options = {
    size: { type: "string" },
    rounds: { type: "string" },
    only: { type: "string" },
    sparse: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ args: words, options });
  const only = values.only?.split(",") ?? [...SIDES];
  const unknown = only.find((side) => !SIDES.includes(side as Side));
  if (unknown) throw new CommandError(`There is no side “${unknown}”: ${SIDES.join(", ")}.`);
  return {
    bytes: parseSize(values.size ?? "1GiB"),
    rounds: Number(values.rounds ?? 3),
    sparse: values.sparse ?? false,
    sides: SIDES.filter((side) => only.includes(side)),
  };
}

async function writeFile(path: string, bytes: number, sparse: boolean): Promise<void> {
  const file = await open(path, "w");
  if (sparse) await file.truncate(bytes);
  else {
    const random = await open("/dev/urandom");
    const chunk = Buffer.alloc(16 * MIB);
    for (let at = 0; at < bytes; at += chunk.length) {
      await random.read(chunk, 0, chunk.length);
      await file.write(chunk, 0, Math.min(chunk.length, bytes - at));
    }
    await random.close();
  }
  await file.close();
}

/** Watches how much memory the largest renderer holds, while `work` goes on. */
async function withTabMemory<T>(browser: Browser, work: () => Promise<T>): Promise<{ result: T; tab: Memory }> {
  const session = await browser.newBrowserCDPSession();
  let tab = largest([]);
  const sample = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    tab = largest([tab, ...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => memoryOf(id))]);
  };
  const timer = setInterval(() => void sample().catch(() => undefined), 200);
  try {
    const result = await work();
    await sample();
    return { result, tab };
  } finally {
    clearInterval(timer);
    await session.detach();
  }
}

/** From the press of the button to the word “Sent”, by the page's own clock. */
async function ours(stage: Stage, browser: Browser, { atOnce = false } = {}): Promise<Figure> {
  const { dormouse, owner, file } = stage;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const { workspaceId, memberId } = owner.as("owner").actor;
  const value = await insertSession({ workspaceId, memberId }, new Date());
  await context.addCookies([{ name: "dormouse_session", value, url: dormouse.url }]);
  const page = await context.newPage();
  await page.goto(`${dormouse.url}/transfers`, { waitUntil: "networkidle" });
  await page.getByTestId("files").setInputFiles(file);
  if (!atOnce) await page.getByLabel("Title").pressSequentially(TITLE.words, TITLE);
  const app = countApp(page, dormouse.url);
  const { result: timed, tab } = await withTabMemory(browser, async () => {
    const timed = page.evaluate(
      () =>
        new Promise<Timed>((resolve) => {
          let from = 0;
          performance.setResourceTimingBufferSize(10_000);
          addEventListener("click", () => (from = performance.now()), { capture: true, once: true });
          new MutationObserver(() => {
            if (!document.querySelector('[data-state="sealed"]')) return;
            const now = performance.now();
            const puts = performance.getEntriesByType("resource").filter(({ name }) => name.includes("partNumber="));
            const first = Math.min(...puts.map(({ startTime }) => startTime));
            const last = Math.max(...puts.map(({ startTime, duration }) => startTime + duration));
            resolve({ ms: now - from, beforeMs: first - from, afterMs: now - last });
          }).observe(document.body, {
            subtree: true,
            childList: true,
            attributes: true,
            attributeFilter: ["data-state"],
          });
        }),
    );
    await page.getByRole("button", { name: "Create link and send" }).click();
    return await timed;
  });
  const figure = { ...timed, tab, ...(await app()) };
  await context.close();
  await forgetAll(owner.as("owner"));
  return figure;
}

/** The next side has the machine for itself: what is to be forgotten has come to the end of its workflow. */
async function forgetAll(owner: Ctx): Promise<void> {
  for (const { id, state } of (await listTransfers(owner, {})).items) {
    if (state === "deleted") continue;
    while ((await getTransfer(owner, { id, cursor: undefined })).transfer.state !== "ready") await delay(200);
    await deleteTransfer(owner, { id });
    await purgeTransfer(owner, { id });
  }
  await delay(2000);
}

function countApp(page: Page, url: string): () => Promise<{ appRequests: number; appBytes: number }> {
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (!request.url().startsWith(`${url}/api/upload/`)) return;
    const sum = request
      .sizes()
      .then((s) => s.requestHeadersSize + s.requestBodySize + s.responseHeadersSize + s.responseBodySize);
    sizes.push(sum.catch(() => 0));
  });
  return async () => ({
    appRequests: sizes.length,
    appBytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
  });
}

async function onPage(stage: Stage, browser: Browser, work: (page: Page) => Promise<number>): Promise<Figure> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(stage.comparedTools.url);
  await page.waitForFunction(() => "comparedTools" in window);
  await page.locator("#file").setInputFiles(stage.file);
  const { result: ms, tab } = await withTabMemory(browser, () => work(page));
  await context.close();
  await stage.comparedTools.sweep();
  return { ms, tab };
}

async function bareLoop(stage: Stage, browser: Browser): Promise<Figure> {
  const { parts, finish } = await stage.comparedTools.bareParts(await openAsBlob(stage.file));
  const figure = await onPage(stage, browser, (page) =>
    page.evaluate(({ parts, connections }) => window.comparedTools.bare(parts, connections), {
      parts,
      connections: CONNECTIONS,
    }),
  );
  await finish();
  return figure;
}

/** Undefined where there is no such command. */
async function awsCli({ file, comparedTools }: Stage): Promise<Figure | undefined> {
  const from = performance.now();
  try {
    await promisify(execFile)("aws", ["s3", "cp", "--only-show-errors", file, `s3://${comparedTools.bucket}/aws`]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const ms = performance.now() - from;
  await comparedTools.sweep();
  return { ms };
}

const WAYS: Record<Side, (stage: Stage) => Promise<Figure | undefined>> = {
  ours: (stage) => ours(stage, stage.fast),
  oursAtOnce: (stage) => ours(stage, stage.fast, { atOnce: true }),
  bareLoop: (stage) => bareLoop(stage, stage.fast),
  oursShaped: (stage) => ours(stage, stage.shaped),
  oursAtOnceShaped: (stage) => ours(stage, stage.shaped, { atOnce: true }),
  bareLoopShaped: (stage) => bareLoop(stage, stage.shaped),
  uppy: (stage) =>
    onPage(stage, stage.fast, (page) =>
      page.evaluate((url) => window.comparedTools.uppy(url), stage.comparedTools.signUrl),
    ),
  tus: (stage) =>
    onPage(stage, stage.fast, (page) =>
      page.evaluate((url) => window.comparedTools.tus(url, Number.POSITIVE_INFINITY), stage.comparedTools.tusUrl),
    ),
  awsCli,
};

async function run(words: string[]): Promise<Record<string, unknown>> {
  const { bytes, rounds, sides, sparse } = parseWords(words);
  await ensureBuild(PROJECT);
  const folder = mkdtempSync(join(tmpdir(), "dormouse-upload-bench-"));
  const home = join(folder, "home");
  const tusFolder = join(folder, "tus");
  mkdirSync(tusFolder);
  const port = await freePorts();
  const dormouse = await startDormouse(home, port);
  const line = new Line(SHAPE);
  let comparedTools: ComparedTools | undefined;
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
    Object.assign(
      process.env,
      awsVariables(loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` })),
    );
    comparedTools = await serveComparedTools(s3(), tusFolder);
    const file = join(folder, "file.bin");
    await writeFile(file, bytes, sparse);
    const rules = await Promise.all(
      [["localhost", port] as const, ["127.0.0.1", port + 1] as const].map(
        async ([host, far]) => `MAP ${host}:${far} 127.0.0.1:${await line.relay(far)}`,
      ),
    );
    const owner = await makeWorkspace();
    await db().entities.workspace.patch({ id: owner.id }).set({ scanPolicy: "off" }).go();
    const stage: Stage = {
      file,
      bytes,
      dormouse,
      comparedTools,
      owner,
      fast: await launch(),
      shaped: await launch([`--host-resolver-rules=${rules.join(",")}`]),
    };
    const hashing = await onPage(stage, stage.fast, (page) => page.evaluate(() => window.comparedTools.hash()));
    const hashMiBPerSecond = bytes / MIB / (hashing.ms / 1000);
    console.log(`one thread of the tab hashes ${hashMiBPerSecond.toFixed(0)} MiB/s`);
    return { ...(await measure(stage, sides, rounds, tusFolder)), hashMiBPerSecond };
  } finally {
    for (const browser of browsers) await browser.close();
    comparedTools?.close();
    line.close();
    await stopDormouse(dormouse);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(stage: Stage, sides: Side[], rounds: number, tusFolder: string) {
  const figures = new Map<Side, Figure[]>(sides.map((side) => [side, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [side, of] of figures) {
      const figure = await WAYS[side](stage);
      rmSync(tusFolder, { recursive: true, force: true });
      mkdirSync(tusFolder);
      if (!figure) continue;
      of.push(figure);
      console.log(`round ${round}  ${side.padEnd(15)}${describe(figure, stage.bytes)}`);
    }
  }
  const ms = (side: Side) => median((figures.get(side) ?? []).map((figure) => figure.ms));
  const speed = Object.fromEntries(sides.map((side) => [side, stage.bytes / MIB / (ms(side) / 1000)]));
  const ratio = (mine: Side, theirs: Side) => ms(theirs) / ms(mine);
  const ratios = {
    bareLoop: ratio("ours", "bareLoop"),
    bareLoopShaped: ratio("oursShaped", "bareLoopShaped"),
    atOnce: ratio("oursAtOnce", "bareLoop"),
    atOnceShaped: ratio("oursAtOnceShaped", "bareLoopShaped"),
    awsCli: ratio("ours", "awsCli"),
    uppy: ratio("ours", "uppy"),
    tus: ratio("ours", "tus"),
  };
  const tab = largest((figures.get("ours") ?? []).flatMap((figure) => figure.tab ?? []));
  const [first] = figures.get("ours") ?? [];
  for (const [name, value] of Object.entries(ratios).filter(([, value]) => Number.isFinite(value)))
    console.log(`ours over ${name.padEnd(15)}${short(value)}`);
  console.log(`the tab's memory at most ${describeMemory(tab)}`);
  return {
    ratios,
    mibPerSecond: speed,
    tab,
    appRequests: first?.appRequests,
    appBytes: first?.appBytes,
    bytes: stage.bytes,
    rounds,
  };
}

const describe = ({ ms, beforeMs, afterMs, tab, appRequests, appBytes }: Figure, bytes: number): string =>
  [
    `${(bytes / MIB / (ms / 1000)).toFixed(0).padStart(5)} MiB/s`,
    ...(beforeMs ? [`${beforeMs.toFixed(0)} ms before the first part, ${afterMs?.toFixed(0)} after the last`] : []),
    ...(tab ? [`tab ${tab.footprintMiB.toFixed(0)} MiB`] : []),
    ...(appRequests ? [`${appRequests} requests, ${appBytes} bytes to the app`] : []),
  ].join("  ");

export default {
  about: "an upload by Dormouse's page over a bare loop, Uppy, tus and the aws command line",
  run,
} satisfies Bench;
