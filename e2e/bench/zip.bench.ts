/**
 * "Download all" in Chromium, against the local S3: how long the zip takes from the press of the button to the browser's
 * last byte, how much memory the largest tab or worker holds meanwhile, and what `unzip -t` says of it.
 *   --files 10000   --size 5GiB   --stay (keeps the zip, and says where it is)
 */

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { ensureBuild } from "#infra/commands/build.ts";
import { CommandError } from "#infra/local/core/command-error.ts";
import { awsVariables } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import { freePorts } from "#infra/local/testing/temporary.ts";
import { plantFiles } from "#lib/testing/plant.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { type Dormouse, startDormouse, stopDormouse } from "../fixtures.ts";
import type { Bench } from "./main.ts";
import { describeMemory, largest } from "./memory.ts";
import { MIB } from "./statistics.ts";
import { BareChromium } from "./zip/bare-chromium.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const UNITS: Record<string, number> = { KiB: 1024, MiB: MIB, GiB: 1024 * MIB };
/** The tab may hold no more. */
const LIMIT_MIB = 300;

function parseWords(words: string[]) {
  const options = { files: { type: "string" }, size: { type: "string" }, stay: { type: "boolean" } } as const;
  const { values } = parseArgs({ args: words, options });
  const [, number, unit = ""] = /^(\d+)(KiB|MiB|GiB)$/.exec(values.size ?? "5GiB") ?? [];
  const factor = UNITS[unit];
  if (!number || !factor) throw new CommandError(`“${values.size}” is no size: write it as 512MiB or 5GiB.`);
  const files = Number(values.files ?? 10_000);
  if (!Number.isInteger(files) || files < 2) throw new CommandError("--files is a whole number from 2 on.");
  return { files, bytes: Number(number) * factor, stay: values.stay ?? false };
}

/** One large file of a quarter of the bytes, the rest shared out evenly: as a folder of work looks. */
function makeFiles(count: number, bytes: number) {
  const largest = Math.floor(bytes / 4);
  const each = new Uint8Array(Math.floor((bytes - largest) / (count - 1)));
  const lastModified = Date.UTC(2026, 0, 1);
  return [
    { path: "large.bin", bytes: new Uint8Array(largest), lastModified },
    ...Array.from({ length: count - 1 }, (_, index) => ({
      path: `folder ${index % 100}/file ${index}.bin`,
      bytes: each,
      lastModified,
    })),
  ];
}

const BUTTON = `[...document.querySelectorAll("button")].find((button) => button.textContent.includes("Download all"))`;

/** Presses the button, and resolves when the page says how it ended. */
const PRESS = `new Promise((resolve) => {
  const from = performance.now();
  let begun = 0;
  const look = () => {
    const phase = document.querySelector("[data-phase]")?.dataset.phase;
    if (phase === "running" && !begun) begun = performance.now();
    if (phase === "done" || phase === "failed" || phase === "impossible") {
      resolve({ phase, ms: performance.now() - from, begunMs: begun - from, said: document.querySelector("[data-phase]").innerText });
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  ${BUTTON}.click();
})`;

type Pressed = { phase: string; ms: number; begunMs: number; said: string };

async function downloadAll(browser: BareChromium, url: string, folder: string) {
  const evaluate = await browser.open(url);
  await until(async () => (await evaluate(`document.readyState === "complete" && ${BUTTON} !== undefined`)) === true);
  // The button is there; its script is a moment later.
  await delay(1000);
  const before = await browser.memory();
  let peak = before;
  const timer = setInterval(async () => {
    const now = await browser.memory().catch(() => peak);
    peak = { tab: largest([peak.tab, now.tab]), browser: largest([peak.browser, now.browser]) };
  }, 200);
  try {
    const pressed = (await evaluate(PRESS)) as Pressed;
    if (pressed.phase !== "done") throw new CommandError(`The download ended as ${pressed.phase}: ${pressed.said}`);
    const path = join(folder, "bench.zip");
    await until(() => Promise.resolve(existsSync(path)));
    return { ...pressed, ...peak, before: before.tab, path };
  } finally {
    clearInterval(timer);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(50);
}

async function check(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("unzip", ["-tqq", path], { maxBuffer: 64 * MIB });
    return stdout.trim() || "no errors";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "unzip is not on this machine";
    throw error;
  }
}

async function run(words: string[]): Promise<Record<string, unknown>> {
  const { files, bytes, stay } = parseWords(words);
  await ensureBuild(PROJECT);
  const folder = mkdtempSync(join(tmpdir(), "dormouse-zip-bench-"));
  const home = join(folder, "home");
  const port = await freePorts();
  let dormouse: Dormouse | undefined;
  let browser: BareChromium | undefined;
  try {
    dormouse = await startDormouse(home, port);
    const environment = loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` });
    Object.assign(process.env, awsVariables(environment));
    const owner = (await makeWorkspace()).as("owner");
    const { id, link } = await createTransfer(owner, { title: "bench" });
    await plantFiles(owner, id, makeFiles(files, bytes));
    browser = await BareChromium.launch(folder);
    const result = await downloadAll(browser, dormouse.url + link, folder);
    const { tab, browser: own, before } = result;
    const zipBytes = statSync(result.path).size;
    const seconds = result.ms / 1000;
    console.log(`${files} files, ${(bytes / MIB).toFixed(0)} MiB, zip of ${zipBytes} bytes`);
    console.log(`begun after   ${(result.begunMs / 1000).toFixed(1)} s`);
    console.log(`done in       ${seconds.toFixed(1)} s, ${(bytes / MIB / seconds).toFixed(0)} MiB/s`);
    console.log(`tab at most   ${describeMemory(tab)}; it may be ${LIMIT_MIB}`);
    console.log(`tab before    ${describeMemory(before)}`);
    console.log(`browser       ${describeMemory(own)}; its own process`);
    const unzip = await check(result.path);
    console.log(`unzip -t      ${unzip}`);
    if (stay) console.log(result.path);
    return { files, bytes, zipBytes, seconds, begunSeconds: result.begunMs / 1000, tab, before, browser: own, unzip };
  } finally {
    await browser?.close();
    if (dormouse) await stopDormouse(dormouse);
    if (!stay) rmSync(folder, { recursive: true, force: true });
  }
}

export default {
  about: "all files of a transfer as one zip made in the browser: time, memory, unzip -t",
  run,
} satisfies Bench;
