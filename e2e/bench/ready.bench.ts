/**
 * From the last byte of a picture of 1 MiB at S3 to “ready”: the time in which it is checked, previewed, scanned and
 * published. Warm, and cold after a restart, when every function, container and the scanner begins anew.
 *   --warm 20   --cold 8
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { ensureBuild } from "#infra/commands/build.ts";
import { CommandError } from "#infra/local/core/command-error.ts";
import { awsVariables } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import { freePorts } from "#infra/local/testing/temporary.ts";
import { db } from "#lib/db/service.ts";
import type { ScanPolicy } from "#lib/kernel/choices.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { crc64, requestFor, reservation, seededBytes } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { completeFiles } from "#lib/uploads/complete-files.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { signParts } from "#lib/uploads/sign-parts.ts";
import { restartDormouse, startDormouse, stopDormouse } from "../fixtures.ts";
import type { Bench } from "./main.ts";
import { MIB, percentile } from "./statistics.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const TIMEOUT_MS = 120_000;
const LOOK_MS = 10;

type Figure = { p50: number; p95: number; rounds: number };

/** A JPEG of about 1 MiB: noise does not get smaller. */
async function picture(): Promise<Buffer> {
  const [width, height] = [1360, 1020];
  const raw = { width, height, channels: 3 as const };
  return await sharp(seededBytes("ready", width * height * 3), { raw })
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** Milliseconds from S3's answer to the only part until the transfer is ready. */
async function send(owner: Ctx, workspaceId: string, bytes: Buffer): Promise<number> {
  const { id: transferId } = await createTransfer(owner, { title: "bench" });
  await reserveFiles(owner, reservation(transferId, 0, [{ path: "picture.jpg", size: bytes.length }]));
  const part = { ordinal: 0, part: 1, crc64: await crc64(bytes) };
  const { url, headers } = requestFor(await signParts(owner, { transferId, parts: [part] }), 0, part);
  const put = await fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) });
  if (!put.ok) throw new Error(`S3 answered ${put.status}.`);
  const from = performance.now();
  await completeFiles(owner, { transferId, files: [{ ordinal: 0, crc64: part.crc64 }], seal: true });
  while (performance.now() - from < TIMEOUT_MS) {
    if ((await findTransferRow(workspaceId, transferId))?.state === "ready") return performance.now() - from;
    await delay(LOOK_MS);
  }
  throw new CommandError("The picture was not ready in two minutes.");
}

const figureOf = (ms: number[]): Figure => ({ p50: percentile(ms, 0.5), p95: percentile(ms, 0.95), rounds: ms.length });

async function run(words: string[]): Promise<Record<string, unknown>> {
  const options = { warm: { type: "string", default: "20" }, cold: { type: "string", default: "8" } } as const;
  const { values } = parseArgs({ args: words, options });
  const [warm, cold] = [Number(values.warm), Number(values.cold)];
  if (!(warm >= 1 && cold >= 1)) throw new CommandError("--warm and --cold are whole numbers from 1 on.");
  await ensureBuild(PROJECT);
  const home = mkdtempSync(join(tmpdir(), "dormouse-ready-bench-"));
  const port = await freePorts();
  const dormouse = await startDormouse(home, port);
  try {
    const environment = loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` });
    Object.assign(process.env, awsVariables(environment));
    const bytes = await picture();
    const sender = async (scanPolicy: ScanPolicy) => {
      const workspace: TestWorkspace = await makeWorkspace();
      await db().entities.workspace.patch({ id: workspace.id }).set({ scanPolicy }).go();
      return () => send(workspace.as("owner"), workspace.id, bytes);
    };
    const figures: Record<string, Figure> = {};
    for (const policy of ["before", "off"] as const) {
      const once = await sender(policy);
      const name = policy === "off" ? "Unscanned" : "";
      const colds: number[] = [];
      for (let round = 0; round < cold; round++) {
        await restartDormouse(dormouse);
        colds.push(await once());
      }
      const warms: number[] = [];
      for (let round = 0; round < warm; round++) warms.push(await once());
      for (const [state, ms] of [[`cold${name}`, colds] as const, [`warm${name}`, warms] as const]) {
        const figure = figureOf(ms);
        figures[state] = figure;
        console.log(
          `${state.padEnd(15)}p50 ${figure.p50.toFixed(0).padStart(6)} ms   p95 ${figure.p95.toFixed(0).padStart(6)} ms   of ${figure.rounds}`,
        );
      }
    }
    console.log(`the picture has ${(bytes.length / MIB).toFixed(2)} MiB`);
    return { ...figures, bytes: bytes.length };
  } finally {
    await stopDormouse(dormouse);
    rmSync(home, { recursive: true, force: true });
  }
}

export default {
  about: "from a picture's last byte to “ready”, warm and cold",
  run,
} satisfies Bench;
