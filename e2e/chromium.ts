/** Finds a Chromium for the tests, or installs one where that can be done. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright";

const SYSTEM = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
];

/** The first of the candidates that is there. */
export const findChromium = (candidates: readonly (string | undefined)[]): string | undefined =>
  candidates.find((path): path is string => path !== undefined && path !== "" && existsSync(path));

const candidates = (): (string | undefined)[] => [process.env["CHROMIUM_PATH"], ...SYSTEM, chromium.executablePath()];

const run = (command: string, words: string[]): boolean =>
  spawnSync(command, words, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;

/** A path to a Chromium; throws a sentence that says what to install. */
export function requireChromium(): string {
  const found = findChromium(candidates());
  if (found) return found;
  console.log("No Chromium was found: installing one for the tests …");
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    run("apt-get", ["update", "-qq"]);
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"]);
  }
  const installed = findChromium(candidates());
  if (installed) return installed;
  run("npx", ["playwright", "install", "chromium"]);
  const downloaded = findChromium(candidates());
  if (downloaded) return downloaded;
  throw new Error("The end-to-end tests need a Chromium: install the package chromium, or name one in CHROMIUM_PATH.");
}

/** Chromium refuses its sandbox to root; the others keep it from calling home. */
export const CHROMIUM_ARGS = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-quic",
  "--disable-background-networking",
];
