/** SST's own program, as deployments run it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SST_MANNERS } from "../check/platform.ts";
import { CommandError } from "../local/environment.ts";
import { explain } from "./explain.ts";

type Options = {
  /** Answers what it printed instead of showing it. */
  quiet?: boolean;
  /** What it prints when it fails only because there is nothing. */
  nothing?: RegExp;
  /** Variables of settings.ts beside those of the shell. */
  settings?: Record<string, string>;
};

/** Runs `sst` on a stage. Throws CommandError when it fails. */
export function sst(project: string, stage: string, words: string[], options: Options = {}): Promise<string> {
  const { quiet = false, nothing, settings = {} } = options;
  const child = spawn("sst", [...words, "--stage", stage], {
    cwd: project,
    env: { ...process.env, ...SST_MANNERS, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (!quiet) {
    child.stdout.pipe(process.stdout, { end: false });
    child.stderr.pipe(process.stderr, { end: false });
  }
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  const text = () => Buffer.concat(said).toString();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Not before the last word was heard: it says why.
    child.once("close", (code) => {
      if (code === 0 || nothing?.test(text())) return resolve(text());
      const what = quiet ? `:\n${text().trim()}` : "; what SST said is above.";
      const hint = `If another deployment was cut off, \`npx sst unlock --stage ${stage}\` frees the stage.`;
      reject(new CommandError([`${words[0]} of ${stage} failed${what}`, ...explain(text()), hint].join("\n")));
    });
  });
}

/** The secret that signs links; undefined when the stage has none yet. */
export async function readLinkSecret(project: string, stage: string): Promise<string | undefined> {
  const listed = await sst(project, stage, ["secret", "list"], { quiet: true, nothing: /No secrets found/ });
  return /^LinkSecret=(.+)$/m.exec(listed)?.[1]?.trim();
}

/** Keeps the secret with the stage; by a file that nobody else can read, since arguments are seen by everyone. */
export async function writeLinkSecret(project: string, stage: string, secret: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-secret-"));
  try {
    const file = join(folder, "secrets.env");
    writeFileSync(file, `LinkSecret=${secret}\n`, { mode: 0o600 });
    await sst(project, stage, ["secret", "load", file], { quiet: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
