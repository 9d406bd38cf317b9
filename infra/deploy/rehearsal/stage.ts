/** Where a rehearsal plays: a copy of the project, an empty HOME, and the programs that a deployment needs beside SST. */
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { AwsStandIn } from "./aws-stand-in.ts";

export type Ran = { code: number; said: string };

/** What Pulumi was asked: see pulumi-stand-in.mjs. */
export type Note = { word: string; stage: string; secret: string; passphrase: boolean; key: string };

export type Stage = {
  /** Runs one of the project's commands there. */
  run: (args: string[], env?: Record<string, string | undefined>) => Promise<Ran>;
  /** Has Pulumi be where SST would have put it. */
  installPulumi: (version: string) => void;
  notes: () => Note[];
  /** Files that are there now, and were not; without those that git ignores. */
  left: () => string[];
  strike: () => void;
};

const TIMEOUT_MS = 300_000;

/** Says that it builds for arm64, and is asked for nothing else before Pulumi runs. */
const DOCKER = `#!/bin/sh
[ "$*" = "buildx inspect" ] && echo "Platforms: linux/amd64, linux/arm64"
`;

/** `platform` is SST's, unpacked; `change` may rewrite what lies in the copy. */
export function setStage(project: string, platform: string, aws: AwsStandIn, change: (copy: string) => void): Stage {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-rehearsal-"));
  const [copy, home, bin] = ["project", "home", "bin"].map((name) => join(folder, name)) as [string, string, string];
  for (const one of [copy, home, bin]) mkdirSync(one);
  const git = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const files = execFileSync("git", git, { cwd: project, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const file of files) cpSync(join(project, file), join(copy, file));
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
  const own = join(copy, ".sst", "platform");
  cpSync(platform, own, { recursive: true, filter: (path) => path !== join(platform, "node_modules") });
  symlinkSync(join(platform, "node_modules"), join(own, "node_modules"));
  // Which version of its provider SST uses is written down there; without it, the registry is asked for the newest.
  cpSync(join(dirname(platform), "provider-lock.json"), join(copy, ".sst", "provider-lock.json"));
  change(copy);
  const before = new Set(files);
  const notes = join(folder, "notes.jsonl");
  writeFileSync(notes, "");
  program(join(bin, "docker"), DOCKER);
  let pulumi = "";
  const env = (): Record<string, string> => ({
    PATH: [join(project, "node_modules", ".bin"), bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
    HOME: home,
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: "AKIAREHEARSAL",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    HTTPS_PROXY: aws.url,
    REHEARSAL_NOTES: notes,
    REHEARSAL_PULUMI: pulumi,
  });
  return {
    run: (args, changes = {}) =>
      new Promise((done) => {
        const main = join(copy, "infra", "local", "main.ts");
        const all = Object.entries({ ...env(), ...changes }).filter(([, value]) => value !== undefined);
        const options = { cwd: copy, env: Object.fromEntries(all) as NodeJS.ProcessEnv, timeout: TIMEOUT_MS };
        const node = ["--disable-warning=ExperimentalWarning", main, ...args];
        execFile(process.execPath, node, options, (error, out, errors) =>
          done({ code: error ? Number(error.code ?? 1) : 0, said: out + errors }),
        );
      }),
    installPulumi(version) {
      pulumi = version;
      const place = join(home, ".config", "sst", "bin");
      mkdirSync(place, { recursive: true });
      const standIn = join(import.meta.dirname, "pulumi-stand-in.mjs");
      program(join(place, "pulumi"), `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`);
    },
    notes: () =>
      readFileSync(notes, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Note),
    left() {
      const ignored = /^(node_modules|\.sst)\/|^sst-env\.d\.ts$|^infra\/tasks\/[^/]+\/bundle\//;
      return filesBelow(copy).filter((file) => !before.has(file) && !ignored.test(file));
    },
    strike: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function program(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function filesBelow(folder: string, prefix = ""): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = join(prefix, entry.name);
    if (["node_modules", ".sst"].includes(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}
