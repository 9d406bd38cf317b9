/**
 * Finds a Chromium for the tests, or installs one where that is possible. Tests prefer a headless shell to a whole
 * browser: the same engine without windows, a GPU process and its own pages, which take a quarter more processor time.
 * Benches ask for the whole browser, as people have it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright";

type Path = string | undefined;
/** Where a Chromium may be, and installers, which are tried in order until there is one. */
export type Ways = { candidates: () => Path[]; installers: { name: string; install: () => void }[] };

/** The first candidate that exists and runs: some systems have a script that only says how to install one. */
export const findChromium = (candidates: readonly Path[]): Path =>
  candidates.find((path) => path && existsSync(path) && spawnSync(path, ["--version"]).status === 0);

const run = (command: string, args: string[]): void => {
  spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
};

const isRoot = process.getuid?.() === 0;

/** As root, with the first package that exists. */
function aptGet(packages: string[]): void {
  if (!isRoot || !existsSync("/usr/bin/apt-get")) return;
  run("apt-get", ["update", "-qq"]);
  const known = packages.find((name) => spawnSync("apt-cache", ["show", name]).status === 0);
  if (known) run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", known]);
}

const SHELLS = ["/usr/bin/chromium-headless-shell"];
const BROWSERS = () => [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  chromium.executablePath(),
];

const FOR_TESTS: Ways = {
  candidates: () => [process.env.CHROMIUM_PATH, ...SHELLS, ...BROWSERS()],
  installers: [
    { name: "apt-get", install: () => aptGet(["chromium-headless-shell", "chromium"]) },
    { name: "Playwright", install: () => run("npx", ["playwright", "install", "chromium"]) },
  ],
};

const WHOLE: Ways = {
  candidates: () => [process.env.CHROMIUM_PATH, ...BROWSERS()],
  installers: [
    { name: "apt-get", install: () => aptGet(["chromium"]) },
    { name: "Playwright", install: () => run("npx", ["playwright", "install", "chromium"]) },
  ],
};

/** A path to a Chromium with windows. Throws a sentence that says what to install. */
export const requireWholeChromium = (): string => requireChromium(WHOLE);

/** A path to a Chromium that runs. Throws a sentence that says what to install. */
export function requireChromium({ candidates, installers }: Ways = FOR_TESTS): string {
  const found = findChromium(candidates());
  if (found) return found;
  for (const { name, install } of installers) {
    console.log(`No Chromium was found for the tests: installing one with ${name} …`);
    install();
    const installed = findChromium(candidates());
    if (installed) return installed;
  }
  throw new Error(
    "The end-to-end tests need a Chromium, and none could be installed. Install the package `chromium` of your system, or set CHROMIUM_PATH to a Chromium or Chrome.",
  );
}

/** Chromium has no sandbox as root; the other arguments stop its requests to its vendor. */
export const CHROMIUM_ARGS = [...(isRoot ? ["--no-sandbox"] : []), "--disable-quic", "--disable-background-networking"];
