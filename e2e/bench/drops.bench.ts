/**
 * One file goes through the engine in Chromium over a line on which all connections break ten times, evenly spread. What
 * is told: bytes that crossed the line more than once, and for how long the line had carried what one break cost.
 *   --lines 5,50,500   in Mbit/s
 */
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { requireWholeChromium } from "#infra/commands/chromium.ts";
import { CommandError } from "#infra/local/core/command-error.ts";
import { startEngines } from "#lib/testing/engines.ts";
import { launch, servePage } from "#lib/upload-engine/testing/browser.ts";
import { type Rig, startRig } from "#lib/upload-engine/testing/rig.ts";
import type { Bench } from "./main.ts";
import { MIB, short } from "./statistics.ts";
import { Line } from "./upload/line.ts";

const DROPS = 10;
const ROUND_TRIP_MS = 50;
/** Bytes of the file by Mbit/s, so that every break falls into the sending. */
const SIZES: Record<number, number> = { 5: 64 * MIB, 50: 320 * MIB, 500: 1024 * MIB };

type Row = { mbitPerSecond: number; bytes: number; resentBytes: number; secondsADrop: number; seconds: number };

async function overLine(rig: Rig, folder: string, mbitPerSecond: number): Promise<Row> {
  const bytes = SIZES[mbitPerSecond] ?? 0;
  const file = join(folder, `${mbitPerSecond}.bin`);
  const handle = await open(file, "w");
  await handle.truncate(bytes);
  await handle.close();
  const line = new Line({ bitsPerSecond: mbitPerSecond * 1e6, roundTripMs: ROUND_TRIP_MS });
  const wayPort = Number(new URL(process.env.AWS_ENDPOINT_URL_S3 ?? "").port);
  const relay = await line.relay(wayPort);
  const { url, server } = await servePage(rig.baseUrl);
  const browser = await launch(requireWholeChromium(), [
    `--host-resolver-rules=MAP 127.0.0.1:${wayPort} 127.0.0.1:${relay}`,
  ]);
  const transferId = await rig.newTransfer();
  rig.way.allowOrigin = new URL(url).origin;
  const pause = (bytes / ((mbitPerSecond * 1e6) / 8) / (DROPS + 1)) * 1000;
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => "page" in window);
    await page.setInputFiles("#file", file);
    const from = performance.now();
    await page.evaluate((id) => {
      window.engine.add(id, window.page.pickFromInput("file").files, { sealWhenDone: true });
    }, transferId);
    let drops = 0;
    const dropping = setInterval(() => {
      line.drop();
      if (++drops === DROPS) clearInterval(dropping);
    }, pause);
    await page.waitForFunction(() => window.engine.getSnapshot().transfers[0]?.state === "sealed", undefined, {
      timeout: 600_000,
      polling: 200,
    });
    clearInterval(dropping);
    if (drops < DROPS) throw new Error(`Only ${drops} of ${DROPS} breaks fell into the sending.`);
    const resentBytes = line.carriedUp - bytes;
    const secondsADrop = resentBytes / DROPS / ((mbitPerSecond * 1e6) / 8);
    return { mbitPerSecond, bytes, resentBytes, secondsADrop, seconds: (performance.now() - from) / 1000 };
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
    line.close();
    rmSync(file);
  }
}

async function run(words: string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({ args: words, options: { lines: { type: "string", default: "5,50,500" } } });
  const lines = values.lines.split(",").map(Number);
  const unknown = lines.find((line) => !(line in SIZES));
  if (unknown !== undefined) throw new CommandError(`There is no such line: ${Object.keys(SIZES).join(", ")} Mbit/s.`);
  const folder = mkdtempSync(join(tmpdir(), "dormouse-drops-"));
  const stop = await startEngines();
  const rig = await startRig();
  const rows: Row[] = [];
  try {
    for (const each of lines) {
      const row = await overLine(rig, folder, each);
      rows.push(row);
      const { mbitPerSecond, bytes, resentBytes, secondsADrop, seconds } = row;
      console.log(
        `${`${mbitPerSecond}`.padStart(4)} Mbit/s  ${(bytes / MIB).toFixed(0).padStart(5)} MiB  ` +
          `sent again ${short(resentBytes / MIB).padStart(7)} MiB  a break costs ${short(secondsADrop)} s of the line  ` +
          `in all ${seconds.toFixed(0)} s`,
      );
    }
  } finally {
    rig.stop();
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { drops: DROPS, rows };
}

export default { about: "bytes sent again after ten breaks of lines of 5, 50 and 500 Mbit/s", run } satisfies Bench;
