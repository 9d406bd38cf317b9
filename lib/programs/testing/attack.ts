/**
 * Puts an attacker's program in the place of each program that reads strangers' files, runs it as the product does, and
 * tells what it could do.
 */
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clamd } from "#lib/scanning/clamd.ts";
import { ScannerFailed } from "#lib/scanning/scanning.errors.ts";
import { findTools, runFfmpeg, runFfprobe } from "#lib/transcoding/ffmpeg.ts";
import { findProgram } from "../find-program.ts";
import { runProgram } from "../run-program.ts";
import { type Attempt, CAPPED, POWERS, planted, type Told, tallyOf } from "./planted.ts";

export type Attacked = {
  powers: Record<"ffprobe" | "ffmpeg" | "clamd", Record<string, string>>;
  /** Limits of the runs: 512 MiB of memory and files of 8 MiB. */
  capped: Record<string, string>;
  /** What is found after the run, in its folder and of its processes. */
  left: { names: string[]; processes: number };
  /** The end of the 16 MiB that a program has printed. */
  output: { ended: string; kept: number };
};

/** The variable that tells a container where to get its credentials on ECS; nothing else is needed to get them. */
export const CREDENTIALS = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

// Set at the start, because /proc only shows a process's first environment.
const secret = process.env[CREDENTIALS] ?? "";
if (!/^\/planted-[\w-]{20,}$/.test(secret)) throw new Error("There is no planted secret in the environment.");
const home = mkdtempSync(join(tmpdir(), "dormouse-test-"));
chmodSync(home, 0o711);
const folderOf = (name: string): string => {
  const folder = join(home, name);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
};
const programs = folderOf("programs");
chmodSync(programs, 0o755);
const file = join(folderOf("ours"), "upload");
writeFileSync(file, secret);
const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
await once(server, "listening");
const told: Told = { secret, conductor: process.pid, file, port: (server.address() as AddressInfo).port };

/** Puts the program where `findProgram` looks for another one. */
function plant(name: string, attempts: readonly Attempt[]): string {
  const path = join(programs, `${name}-${attempts[0]}`);
  writeFileSync(path, planted(told, attempts));
  chmodSync(path, 0o755);
  process.env[`${name.toUpperCase()}_PATH`] = path;
  return path;
}

const signal = new AbortController().signal;
const limits = (name: string) => ({ folder: folderOf(name), signal, deadlineMs: 120_000 });
const url = `http://127.0.0.1:${told.port}/`;

async function attackTranscoder(): Promise<Pick<Attacked["powers"], "ffprobe" | "ffmpeg">> {
  plant("ffprobe", POWERS);
  plant("ffmpeg", POWERS);
  const tools = findTools();
  if (!tools) throw new Error("Nothing is planted.");
  const probed = await runFfprobe(tools, url, [], limits("probe"));
  const made = await runFfmpeg(tools, { url }, ["out.webp"], { ...limits("make"), most: 8 * 1024 ** 2 });
  return { ffprobe: tallyOf(probed.errors), ffmpeg: tallyOf(made.errors) };
}

async function attackScanner(): Promise<Record<string, string>> {
  plant("clamd", POWERS);
  const databases = folderOf("databases");
  writeFileSync(join(databases, "test.ndb"), "");
  try {
    await (await Clamd.start({ program: findProgram("clamd") ?? "", databases })).stop();
  } catch (error) {
    if (error instanceof ScannerFailed) return tallyOf(String(error.cause));
    throw error;
  }
  throw new Error("The planted clamd has answered.");
}

const isLeft = (pid: string): boolean =>
  /^\d+$/.test(pid) &&
  existsSync(`/proc/${pid}/cmdline`) &&
  readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(secret);

export async function attack(): Promise<Attacked> {
  try {
    const powers = { ...(await attackTranscoder()), clamd: await attackScanner() };
    const { ended, output, errors } = await runProgram(plant("other", CAPPED), [], {
      ...{ ...limits("capped"), network: false, memoryMib: 512, fileBytes: 8 * 1024 ** 2 },
    });
    const capped = tallyOf(errors);
    const left = readdirSync("/proc").filter(isLeft);
    for (const pid of left) process.kill(Number(pid), "SIGKILL");
    const names = readdirSync(join(home, "capped"), { recursive: true, withFileTypes: true });
    return {
      powers,
      capped,
      left: { names: names.map(({ name }) => name).sort(), processes: left.length },
      output: { ended, kept: output.length + errors.length },
    };
  } finally {
    server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The attempts that succeeded, by program; throws if an attempt was not made. */
export function gotOf({ powers }: Attacked): Record<keyof Attacked["powers"], string[]> {
  const got = (tally: Record<string, string>) => {
    if (POWERS.some((name) => tally[name] === undefined))
      throw new Error(`Not all was tried: ${JSON.stringify(tally)}`);
    return POWERS.filter((name) => !/^(no: |nothing there)/.test(tally[name] ?? ""));
  };
  return { ffprobe: got(powers.ffprobe), ffmpeg: got(powers.ffmpeg), clamd: got(powers.clamd) };
}

/** The tally, as lines for people. */
export function tallyLines(attacked: Attacked): string[] {
  const { capped, left, output } = attacked;
  const lines = Object.entries(gotOf(attacked)).map(
    ([name, got]) => `${name}: ${POWERS.length} attempts, of which these got something: ${got.join(", ") || "none"}`,
  );
  const caps = Object.entries(capped).map(([name, answer]) => `${name}: ${answer}`);
  return [...lines, `${caps.join("; ")}; processes left: ${left.processes}; kept of 16 MiB of output: ${output.kept}`];
}
