/** SST's own program, as deployments run it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Keys, PURPOSES, type Purpose, readKeys, writeKeys } from "#lib/kernel/keys.ts";
import { SST_SETTINGS } from "../check/platform.ts";
import { CommandError } from "../local/core/command-error.ts";
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
export function sst(project: string, stage: string, args: string[], options: Options = {}): Promise<string> {
  const { quiet = false, nothing, settings = {} } = options;
  const child = spawn("sst", [...args, "--stage", stage], {
    cwd: project,
    env: { ...process.env, ...SST_SETTINGS, ...settings },
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
      reject(new CommandError([`${args[0]} of ${stage} failed${what}`, ...explain(text()), hint].join("\n")));
    });
  });
}

/** The secrets of infra/secret.ts. */
const SECRETS: Record<Purpose, string> = { links: "LinkKeys", grants: "GrantKeys", "sign-in": "SignInKeys" };

/** The keys that a stage has; none before its first deployment. */
export async function readStageKeys(project: string, stage: string): Promise<Partial<Record<Purpose, Keys>>> {
  const listed = await sst(project, stage, ["secret", "list"], { quiet: true, nothing: /No secrets found/ });
  const kept = PURPOSES.flatMap((purpose) => {
    const text = new RegExp(`^${SECRETS[purpose]}=(.+)$`, "m").exec(listed)?.[1]?.trim();
    return text ? [[purpose, readKeys(text)] as const] : [];
  });
  return Object.fromEntries(kept);
}

/** Keeps keys with the stage; by a file that nobody else can read, since arguments are seen by everyone. */
export async function writeStageKeys(project: string, stage: string, keys: Record<Purpose, Keys>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-secret-"));
  try {
    const file = join(folder, "secrets.env");
    const lines = PURPOSES.map((purpose) => `${SECRETS[purpose]}=${writeKeys(keys[purpose])}\n`);
    writeFileSync(file, lines.join(""), { mode: 0o600 });
    await sst(project, stage, ["secret", "load", file], { quiet: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
