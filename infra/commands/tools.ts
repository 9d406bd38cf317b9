/** Finds the system's programs that the workflow's tasks call, or installs them where that is possible. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findProgram } from "#lib/programs/find-program.ts";

/** Programs, with the package of Debian and Ubuntu that contains each. */
const PACKAGES: Record<string, string> = {
  clamd: "clamav-daemon",
  freshclam: "clamav-freshclam",
  ffmpeg: "ffmpeg",
  ffprobe: "ffmpeg",
};

/** How programs are found, and installers of their packages, which are tried in order until all are there. */
export type ToolWays = {
  find: (program: string) => string | undefined;
  installers: { name: string; install: (packages: string[]) => void }[];
};

const run = (args: string[]): void => {
  const [command = "", ...rest] = args;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync(command, rest, { env, stdio: ["ignore", "ignore", "inherit"] });
};

/** With apt-get, as root or with sudo that needs no password. */
function aptGet(packages: string[]): void {
  if (!existsSync("/usr/bin/apt-get")) return;
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"];
  run([...sudo, "apt-get", "update", "-qq"]);
  run([...sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages]);
}

const WAYS: ToolWays = { find: findProgram, installers: [{ name: "apt-get", install: aptGet }] };

/** Throws a sentence that says what to install when a program is missing and can't be installed. */
export function requireTools({ find, installers }: ToolWays = WAYS): void {
  const missing = () => [...new Set(Object.keys(PACKAGES).filter((one) => !find(one)))];
  const packages = () => [...new Set(missing().map((one) => PACKAGES[one] ?? one))];
  for (const { name, install } of installers) {
    if (missing().length === 0) return;
    console.log(`The tests need ${missing().join(", ")}: installing ${packages().join(", ")} with ${name} …`);
    install(packages());
  }
  if (missing().length === 0) return;
  throw new Error(
    `The tests need ${missing().join(", ")}, and they could not be installed. Install the packages ${packages().join(" ")} of your system.`,
  );
}
