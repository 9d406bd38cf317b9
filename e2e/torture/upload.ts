/**
 * Uploads by Dormouse's page while everything breaks around it: the tab, the browser, the web function and the local S3
 * are killed, the way to S3 cuts, delays, corrupts and refuses. Each run's chances come from its seed, its moments from
 * the clock. A run is passed when every file is in S3 bit for bit and S3 took no corrupted part.
 */

import { createHash, randomFillSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { type BrowserContext, chromium, type Page } from "playwright";
import { ensureBuild } from "#infra/commands/build.ts";
import { CHROMIUM_ARGS, requireChromium } from "#infra/commands/chromium.ts";
import { awsVariables } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import { freePorts } from "#infra/local/testing/temporary.ts";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { allFileRows } from "#lib/files/file.store.ts";
import { keyOf } from "#lib/files/object.store.ts";
import { hasArrived } from "#lib/kernel/file-states.ts";
import { insertSession } from "#lib/members/session.store.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { type Fault, FaultProxy } from "#lib/upload-engine/testing/fault-proxy.ts";
import { seeded } from "#lib/upload-engine/testing/seeded.ts";
import { type Dormouse, familyOf, startDormouse, stopDormouse } from "../fixtures.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const MIB = 1024 ** 2;
/** Milliseconds in which a run must arrive; nothing in it waits for longer than half a minute at a time. */
const TIMEOUT_MS = 240_000;
const FAULTS: Fault[] = ["cut", "busy", "late", "corrupt", "expired", "swallow"];
const VICTIMS = ["tab", "browser", "web function", "S3"] as const;
type Victim = (typeof VICTIMS)[number];

type Stage = { dormouse: Dormouse; way: FaultProxy; wayPort: number; folder: string; tell: (line: string) => void };

export async function tortureUploads(options: {
  runs: number;
  seed: number;
  tell: (line: string) => void;
}): Promise<number> {
  await ensureBuild(PROJECT);
  const folder = mkdtempSync(join(tmpdir(), "dormouse-torture-"));
  const home = join(folder, "home");
  const port = await freePorts();
  const dormouse = await startDormouse(home, port);
  const way = new FaultProxy(`http://127.0.0.1:${port + 1}`);
  try {
    const environment = loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` });
    Object.assign(process.env, awsVariables(environment));
    const wayPort = Number(new URL(await way.listen()).port);
    const stage = { dormouse, way, wayPort, folder, tell: options.tell };
    let arrived = 0;
    for (let seed = options.seed; seed < options.seed + options.runs; seed++) {
      const outcome = await new Run(stage, seed).go();
      if (outcome.arrived) arrived++;
      options.tell(`seed ${seed}  ${outcome.arrived ? "arrived" : "LOST   "}  ${outcome.words}`);
    }
    return arrived;
  } finally {
    way.close();
    await stopDormouse(dormouse);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One upload from its first click to the last byte, through whatever its seed brings. */
class Run {
  readonly #stage: Stage;
  readonly #random: () => number;
  readonly #folder: string;
  readonly #profile: string;
  readonly #files = new Map<string, { path: string; sha256: string }>();
  readonly #killed: Victim[] = [];
  #workspace: TestWorkspace | undefined;
  #session = "";
  #context: BrowserContext | undefined;

  constructor(stage: Stage, seed: number) {
    this.#stage = stage;
    this.#random = seeded(seed);
    this.#folder = join(stage.folder, `run-${seed}`);
    this.#profile = join(this.#folder, "profile");
  }

  async go(): Promise<{ arrived: boolean; words: string }> {
    const from = performance.now();
    this.#writeFiles();
    this.#workspace = await makeWorkspace();
    const { workspaceId, memberId } = this.#workspace.as("owner").actor;
    this.#session = await insertSession({ workspaceId, memberId }, new Date());
    this.#spoilTheWay();
    const killing = new AbortController();
    const kills = this.#killNowAndThen(killing.signal);
    try {
      await this.#untilSent(from + TIMEOUT_MS);
      killing.abort();
      await kills;
      const wrong = await this.#compare();
      const words = `${this.#describe()}, ${((performance.now() - from) / 1000).toFixed(0)} s${wrong ? `: ${wrong}` : ""}`;
      return { arrived: wrong === undefined, words };
    } catch (error) {
      return {
        arrived: false,
        words: `${this.#describe()}: ${error instanceof Error ? error.message : String(error)}`,
      };
    } finally {
      killing.abort();
      await kills;
      await this.#context?.close().catch(() => undefined);
      this.#stage.way.reset();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  /** A large file of some parts, and small ones; an empty one among them. */
  #writeFiles(): void {
    mkdirSync(this.#folder, { recursive: true });
    const sizes = [100 * MIB + Math.floor(this.#random() * 60 * MIB), 0];
    for (let count = 0; count < 10; count++) sizes.push(Math.floor(this.#random() * 300_000));
    for (const [index, size] of sizes.entries()) {
      const bytes = randomFillSync(Buffer.alloc(size));
      const path = join(this.#folder, `file-${index}.bin`);
      writeFileSync(path, bytes);
      this.#files.set(`file-${index}.bin`, { path, sha256: createHash("sha256").update(bytes).digest("hex") });
    }
  }

  /** A fault for every third PUT or so, and bursts of 503; the others are slow, so that there is something to break. */
  #spoilTheWay(): void {
    const { way } = this.#stage;
    way.reset();
    way.allowOrigin = this.#stage.dormouse.url;
    let burst = 0;
    way.judge = () => {
      if (burst > 0) {
        burst--;
        return "busy";
      }
      if (this.#random() < 0.05) burst = 6;
      return this.#random() < 0.3 ? FAULTS[Math.floor(this.#random() * FAULTS.length)] : "slow";
    };
  }

  async #killNowAndThen(signal: AbortSignal): Promise<void> {
    const kills = 1 + Math.floor(this.#random() * 4);
    for (let count = 0; count < kills; count++) {
      const victim = VICTIMS[Math.floor(this.#random() * VICTIMS.length)] ?? "tab";
      const pause = 400 + this.#random() * 3000;
      try {
        await delay(pause, undefined, { signal });
      } catch {
        return;
      }
      this.#killed.push(victim);
      await this.#kill(victim);
    }
  }

  async #kill(victim: Victim): Promise<void> {
    const { dormouse } = this.#stage;
    if (victim === "tab") for (const page of this.#context?.pages() ?? []) await page.close().catch(() => undefined);
    else if (victim === "browser") killProcesses(process.pid, `--user-data-dir=${this.#profile}`);
    else killProcesses(dormouse.process.pid ?? 0, victim === "S3" ? "s3/engine" : "lambda/bootstrap");
  }

  /** As a person does: looks, presses what there is to press, opens the browser again when it is gone. */
  async #untilSent(deadline: number): Promise<void> {
    while (performance.now() < deadline) {
      try {
        const page = await this.#open();
        if (await this.#begin(page)) return;
        await this.#attend(page, deadline);
        return;
      } catch (error) {
        if (!isGone(error) && !standsStill(error)) throw error;
      }
    }
    throw new Error("It did not arrive in time.");
  }

  async #open(): Promise<Page> {
    const { dormouse, wayPort } = this.#stage;
    const isOpen = this.#context?.browser()?.isConnected() ?? false;
    if (!this.#context || !isOpen || this.#context.pages().length === 0) {
      await this.#context?.close().catch(() => undefined);
      this.#context = await chromium.launchPersistentContext(this.#profile, {
        executablePath: requireChromium(),
        args: [...CHROMIUM_ARGS, `--host-resolver-rules=MAP 127.0.0.1:${dormouse.port + 1} 127.0.0.1:${wayPort}`],
      });
    }
    // Each time: a browser that ends with its last tab may have taken them with it.
    await this.#context.addCookies([{ name: "dormouse_session", value: this.#session, url: dormouse.url }]);
    return await this.#context.newPage();
  }

  /** Sends, or goes on with what was interrupted. True when all of it had arrived already. */
  async #begin(page: Page): Promise<boolean> {
    await page.goto(`${this.#stage.dormouse.url}/transfers`, { timeout: 30_000 });
    const paths = [...this.#files.values()].map(({ path }) => path);
    const interrupted = page.getByRole("region", { name: "Interrupted" });
    await page.waitForFunction(() => document.querySelector('[data-testid="files"]') !== null);
    // The journal is read a moment after the page is there.
    const found = await interrupted.waitFor({ timeout: 2000 }).then(
      () => true,
      (error) => {
        if (isGone(error)) throw error;
        return false;
      },
    );
    if (!found) {
      if ((await this.#sent()).length > 0) return true;
      await page.getByTestId("files").setInputFiles(paths);
      await page.getByRole("button", { name: "Create link and send" }).click();
      return false;
    }
    await interrupted.getByRole("button", { name: "Continue" }).click();
    const panel = page.getByRole("region", { name: /^Sending/ });
    const finished = interrupted.getByRole("alert").filter({ hasText: /finished/ });
    await panel.or(finished).first().waitFor({ timeout: 60_000 });
    if (await finished.isVisible()) return true;
    return false;
  }

  /** Stays with the page until everything is sent. */
  async #attend(page: Page, deadline: number): Promise<void> {
    const panel = page.locator("section[data-state]");
    const paths = [...this.#files.values()].map(({ path }) => path);
    while (performance.now() < deadline) {
      const state = await panel.first().getAttribute("data-state", { timeout: 30_000 });
      if (state === "sealed") return;
      for (const name of ["Resume", "Retry all"]) {
        const button = panel.getByRole("button", { name, exact: true });
        if (await button.isVisible()) await button.click();
      }
      if (await panel.getByText("to be picked again:").isVisible()) {
        await panel.getByTestId("files").setInputFiles(paths);
      }
      await delay(200);
    }
    throw new Error("It did not arrive in time.");
  }

  async #sent() {
    const owner = this.#workspace?.as("owner");
    if (!owner) return [];
    return (await listTransfers(owner, {})).items.filter(({ state }) => state === "sealed" || state === "ready");
  }

  /** What is wrong with what S3 has; nothing when all is as it was sent. */
  async #compare(): Promise<string | undefined> {
    const accepted = this.#stage.way.puts.filter(({ fault, status }) => fault === "corrupt" && status === 200);
    if (accepted.length > 0) return `S3 took ${accepted.length} corrupted parts`;
    const [transfer, ...more] = await this.#sent();
    if (!transfer || more.length > 0 || !this.#workspace)
      return `${more.length + (transfer ? 1 : 0)} transfers were sent`;
    const row = await findTransferRow(this.#workspace.id, transfer.id);
    if (!row) return "the transfer is gone";
    const arrived = new Map<string, string>();
    for await (const file of allFileRows(row)) {
      if (!hasArrived(file.state)) continue;
      const { Body } = await s3().send(new GetObjectCommand({ Bucket: resources.uploads, Key: keyOf(file) }));
      const bytes = await Body?.transformToByteArray();
      arrived.set(
        file.path,
        createHash("sha256")
          .update(bytes ?? "")
          .digest("hex"),
      );
    }
    if (arrived.size !== this.#files.size) return `${arrived.size} of ${this.#files.size} files arrived`;
    for (const [name, { sha256 }] of this.#files) if (arrived.get(name) !== sha256) return `${name} has other bytes`;
    return undefined;
  }

  #describe(): string {
    const met = this.#stage.way.puts.filter(({ fault }) => fault !== undefined && fault !== "slow").length;
    const killed = this.#killed.length > 0 ? this.#killed.join(", ") : "nothing";
    return `killed: ${killed}; ${met} faults in ${this.#stage.way.puts.length} PUTs`;
  }
}

const says = (error: unknown, words: RegExp): boolean => error instanceof Error && words.test(error.message);
const isGone = (error: unknown): boolean =>
  says(error, /closed|crashed|disconnected|detached|ERR_CONNECTION|ERR_EMPTY|ERR_ABORTED|ECONNRESET/i);
/** What a page was loaded from was killed meanwhile: a person would open it again. */
const standsStill = (error: unknown): boolean => says(error, /Timeout/);

/** kill -9 of every process below `root` whose command line has `words`, with all below it. */
function killProcesses(root: number, words: string): void {
  for (const pid of familyOf(root)) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(words)) continue;
      for (const child of familyOf(pid).reverse()) process.kill(child, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
