/**
 * A file sent and downloaded by the command line program's engines, by `aws s3 cp` and by `rclone`, in turn against one
 * local S3: the time of the whole process, and the most memory that ours holds, also for a large file. A program that is
 * not installed is left out.   --size 1GiB   --rounds 3   --large 8GiB (0: none)
 */
import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Job, Report } from "#cli/testing/child.ts";
import { bundleProgram } from "#infra/commands/build-cli.ts";
import { CommandError } from "#infra/local/core/command-error.ts";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { allFileRows } from "#lib/files/file.store.ts";
import { keyOf } from "#lib/files/object.store.ts";
import { startEngines } from "#lib/testing/engines.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { App } from "#lib/upload-engine/testing/app.ts";
import type { Bench } from "./main.ts";
import { MIB, median, short } from "./statistics.ts";

const BUCKET = "bench-cli";
const KEY = "file.bin";

const UNITS: Record<string, number> = { MiB: MIB, GiB: 1024 * MIB };

function parseSize(text: string): number {
  const [, number, unit = ""] = /^(\d+)(MiB|GiB)?$/.exec(text) ?? [];
  if (number === undefined) throw new CommandError(`“${text}” is no size: write it as 512MiB or 1GiB.`);
  return Number(number) * (UNITS[unit] ?? 1);
}

function writeRandom(path: string, bytes: number): void {
  const file = openSync(path, "w");
  const chunk = Buffer.alloc(16 * MIB);
  for (let at = 0; at < bytes; at += chunk.length)
    writeSync(file, randomFillSync(chunk), 0, Math.min(chunk.length, bytes - at));
  closeSync(file);
}

/** Older versions of rclone refuse to start with a list of authorities, which nobody needs here. */
const environment = () => ({ ...process.env, AWS_CA_BUNDLE: undefined });

/** Milliseconds of a command. Undefined where there is no such program. */
async function timed(command: string, args: string[]): Promise<{ ms: number; stdout: string } | undefined> {
  const from = performance.now();
  try {
    const { stdout } = await promisify(execFile)(command, args, { env: environment() });
    return { ms: performance.now() - from, stdout };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Runs what sends and downloads in a process of its own, bundled as the command line program is. */
async function ours(program: string, job: Job): Promise<{ ms: number } & Report> {
  const done = await timed(process.execPath, [program, JSON.stringify(job)]);
  if (!done) throw new Error("Node is gone.");
  return { ms: done.ms, ...(JSON.parse(done.stdout) as Report) };
}

class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), "dormouse-cli-bench-"));
  readonly program = join(this.folder, "program.cjs");
  readonly app = new App();
  apiUrl = "";
  workspaceId = "";

  async open(): Promise<void> {
    await bundleProgram("cli/testing/child.ts", this.program);
    await s3().send(new CreateBucketCommand({ Bucket: BUCKET }));
    const workspace = await makeWorkspace();
    this.workspaceId = workspace.id;
    this.apiUrl = await this.app.listen();
    this.app.reset(workspace.as("owner"));
  }

  async send(path: string): Promise<{ ms: number; mib: number; key: string }> {
    const state = join(this.folder, "state");
    const {
      ms,
      transferId = "",
      maxResidentMiB,
    } = await ours(this.program, { kind: "send", paths: [path], apiUrl: this.apiUrl, state });
    const [row] = await Array.fromAsync(allFileRows({ workspaceId: this.workspaceId, id: transferId, nextOrdinal: 1 }));
    if (!row) throw new Error("The file did not arrive.");
    return { ms, mib: maxResidentMiB, key: keyOf(row) };
  }

  async get(key: string): Promise<{ ms: number; mib: number }> {
    const into = join(this.folder, "out");
    const at = { Bucket: resources.uploads, Key: key };
    const head = await s3().send(new HeadObjectCommand({ ...at, ChecksumMode: "ENABLED" }));
    const url = await getSignedUrl(s3(), new GetObjectCommand(at));
    const file = { path: KEY, size: head.ContentLength ?? 0, url, crc64: head.ChecksumCRC64NVME ?? "" };
    const { ms, maxResidentMiB } = await ours(this.program, { kind: "get", into, files: [file] });
    rmSync(into, { recursive: true });
    return { ms, mib: maxResidentMiB };
  }

  forget = (key: string) => s3().send(new DeleteObjectCommand({ Bucket: resources.uploads, Key: key }));

  close(): void {
    this.app.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** The two other programs: how each copies a file from one place to another. */
const OTHERS: Record<string, (from: string, to: string) => [string, string[]]> = {
  aws: (from, to) => ["aws", ["s3", "cp", "--only-show-errors", from, to]],
  rclone: (from, to) => {
    const remote = (place: string) => place.replace("s3://", ":s3,provider=Other,env_auth:");
    const endpoint = ["--s3-endpoint", process.env.AWS_ENDPOINT_URL_S3 ?? "", "--s3-region", "us-east-1"];
    return ["rclone", ["copyto", ...endpoint, "--s3-no-check-bucket", remote(from), remote(to)]];
  },
};

async function run(words: string[]): Promise<Record<string, unknown>> {
  const options = { size: { type: "string" }, rounds: { type: "string" }, large: { type: "string" } } as const;
  const { values } = parseArgs({ args: words, options });
  const bytes = parseSize(values.size ?? "1GiB");
  const large = parseSize(values.large ?? "8GiB");
  const stop = await startEngines();
  const stage = new Stage();
  try {
    await stage.open();
    const file = join(stage.folder, KEY);
    writeRandom(file, bytes);
    const figures: Record<string, number[]> = {};
    const note = (side: string, ms: number) => {
      figures[side] = [...(figures[side] ?? []), ms];
      console.log(`${side.padEnd(14)}${(bytes / MIB / (ms / 1000)).toFixed(0).padStart(5)} MiB/s`);
    };
    let mib = 0;
    for (let round = 0; round < Number(values.rounds ?? 3); round++) {
      const sent = await stage.send(file);
      note("send", sent.ms);
      const got = await stage.get(sent.key);
      note("get", got.ms);
      mib = Math.max(mib, sent.mib, got.mib);
      await stage.forget(sent.key);
      for (const [name, copy] of Object.entries(OTHERS)) {
        const up = await timed(...copy(file, `s3://${BUCKET}/${KEY}`));
        if (!up) {
          if (round === 0) console.log(`${name} is not installed: left out`);
          continue;
        }
        note(`${name} send`, up.ms);
        const back = join(stage.folder, "back");
        const down = await timed(...copy(`s3://${BUCKET}/${KEY}`, back));
        if (down) note(`${name} get`, down.ms);
        rmSync(back);
        await s3().send(new DeleteObjectCommand({ Bucket: BUCKET, Key: KEY }));
      }
    }
    const ms = (side: string) => median(figures[side] ?? []);
    const ratios = Object.fromEntries(
      Object.keys(OTHERS).flatMap((name) =>
        ["send", "get"].flatMap((way) =>
          figures[`${name} ${way}`] ? [[`${way}Over${name}`, ms(`${name} ${way}`) / ms(way)]] : [],
        ),
      ),
    );
    for (const [name, ratio] of Object.entries(ratios)) console.log(`${name.padEnd(14)}${short(ratio)}`);
    console.log(`memory at most ${mib.toFixed(0)} MiB`);
    return {
      ratios,
      ms: Object.fromEntries(Object.keys(figures).map((side) => [side, ms(side)])),
      mib,
      ...(await measureLarge(stage, file, large)),
    };
  } finally {
    stage.close();
    await stop();
  }
}

/** A file of holes: its bytes are read and sent as any others, and take no room here. */
async function measureLarge(
  stage: Stage,
  file: string,
  large: number,
): Promise<{ largeMiB?: { send: number; get: number } }> {
  if (large === 0) return {};
  truncateSync(file, 0);
  truncateSync(file, large);
  const sent = await stage.send(file);
  const got = await stage.get(sent.key);
  console.log(`${large / MIB} MiB: memory ${sent.mib.toFixed(0)} MiB to send, ${got.mib.toFixed(0)} MiB to download`);
  return { largeMiB: { send: sent.mib, get: got.mib } };
}

export default { about: "a file sent and downloaded by the command line program, aws and rclone", run } satisfies Bench;
