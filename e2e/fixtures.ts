/** What every end-to-end test starts from: a Dormouse of the worker's own, started as a newcomer starts it. */

import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type BrowserContext, test as base, expect, type Page } from "playwright/test";
import { childEnvironment } from "#infra/local/core/child-process.ts";
import { awsVariables, inboxLink } from "#infra/local/environment.ts";
import { loadEnvironment } from "#infra/local/load-environment.ts";
import { freePorts } from "#infra/local/testing/temporary.ts";
import type { Role } from "#lib/kernel/ctx.ts";
import { insertSession } from "#lib/members/session.store.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";

const PROJECT = resolve(import.meta.dirname, "..");

export type Dormouse = { url: string; home: string; port: number; lines: string[]; process: ChildProcess };

type WorkerFixtures = { dormouse: Dormouse };
type TestFixtures = {
  /** A test that fails prints what Dormouse wrote to its log meanwhile. */
  toldByLog: void;
  workspace: TestWorkspace;
  /** Signs a browser in as the workspace's member with that role: writes a session instead of clicking. */
  signIn: (context: BrowserContext, role?: Role) => Promise<void>;
};

/**
 * Programs stay awake between tests, because starting them again for each test is slow: a transfer uses ten functions.
 * idle.spec.ts tests that they fall asleep and wake.
 */
const NO_IDLE_STOP = { DORMOUSE_IDLE_SECONDS: "120" };

export const test = base.extend<TestFixtures, WorkerFixtures>({
  dormouse: [
    async ({}, use) => {
      await withNewDormouse(NO_IDLE_STOP, async (started) => {
        const { home, port } = started;
        Object.assign(
          process.env,
          awsVariables(loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` })),
        );
        await use(started);
      });
    },
    { scope: "worker", timeout: 600_000 },
  ],
  toldByLog: [
    async ({ dormouse }, use, info) => {
      const from = new Date().toISOString();
      await use();
      if (info.status !== info.expectedStatus) console.log(logSince(dormouse.home, from).slice(-60).join("\n"));
    },
    { auto: true },
  ],
  baseURL: async ({ dormouse }, use) => use(dormouse.url),
  workspace: async ({ dormouse: _running }, use) => use(await makeWorkspace()),
  signIn: async ({ dormouse, workspace }, use) => {
    await use(async (context, role = "owner") => {
      const { workspaceId, memberId } = workspace.as(role).actor;
      const value = await insertSession({ workspaceId, memberId }, new Date());
      await context.addCookies([
        { name: "dormouse_session", value, url: dormouse.url, httpOnly: true, sameSite: "Lax" },
      ]);
    });
  },
});

export { expect };

/**
 * Opens a link as a guest who comes back until everything that was sent has been checked: a whole run of the workflow, with
 * a scanner that starts. Gigabytes are given ten minutes, as two tests share the machine with their scanners.
 */
export async function openWhenChecked(page: Page, link: string, timeout = 180_000): Promise<void> {
  await expect(async () => {
    await page.goto(link);
    await expect(page.getByRole("article")).toBeVisible();
    expect(await page.getByRole("link", { name: "See what is new" }).count()).toBe(0);
  }).toPass({ timeout, intervals: [500] });
}

/** Waits until the page says that all was sent, for as long as its progress goes on: a minute without any is a failure. */
export async function untilSent(page: Page): Promise<void> {
  const sent = page.getByRole("heading", { name: "Sent", exact: true });
  const bar = page.getByRole("progressbar", { name: /^Sending/ }).first();
  let before: string | null = null;
  while (!(await sent.isVisible())) {
    let now: string | null = null;
    await expect(async () => {
      now = (await sent.isVisible()) ? "sent" : await bar.getAttribute("aria-valuenow", { timeout: 1000 });
      expect(now, "how far it is").not.toBe(before);
    }).toPass({ timeout: 60_000 });
    before = now;
  }
}

/** What `npm run cloud -- inbox` prints. */
export const linkOfInbox = (home: string, port: number): string =>
  inboxLink(loadEnvironment(PROJECT, { ...process.env, DORMOUSE_HOME: home, PORT: `${port}` }));

/**
 * Starts a Dormouse with an empty home, and stops and removes it after `use`. A worker's own Dormouse has other tests' rows
 * in its table, and may have been started again: what happens only the first time needs one of these.
 */
export async function withNewDormouse(
  more: Record<string, string>,
  use: (dormouse: Dormouse) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "dormouse-e2e-"));
  try {
    const dormouse = await startDormouse(home, await freePorts(), more);
    await use(dormouse).finally(() => stopDormouse(dormouse));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Runs the command of `npm start` on a home and ports of its own; resolves when it says that it is ready. */
export async function startDormouse(home: string, port: number, more: Record<string, string> = {}): Promise<Dormouse> {
  // What an earlier Dormouse's tests were told about AWS is not for this one.
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => !/^(AWS|SST)_/.test(entry[0]),
  );
  const child = spawn(process.execPath, ["infra/commands/main.ts", "start"], {
    cwd: PROJECT,
    env: childEnvironment({ ...Object.fromEntries(inherited), PORT: `${port}`, DORMOUSE_HOME: home, ...more }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  await new Promise<void>((ready, failed) => {
    child.once("exit", (code) => failed(new Error(`Dormouse ended with ${code}:\n${lines.join("\n")}`)));
    output.on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Dormouse is ready")) ready();
    });
  });
  return { url: `http://localhost:${port}`, home, port, lines, process: child };
}

export async function stopDormouse({ process: child }: Dormouse): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

/** The lines of a Dormouse's log since a time, which each of them begins with. */
function logSince(home: string, from: string): string[] {
  return globSync(join(home, "logs", "*.log")).flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line >= from),
  );
}

/** kill -9 of every process of a Dormouse at once; resolves when it is gone. */
export async function killDormouse({ process: child }: Dormouse): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const pid of familyOf(child.pid ?? 0)) process.kill(pid, "SIGKILL");
  await ended;
}

/** Starts a Dormouse again, on the same home and port; one that still runs is stopped before. */
export async function restartDormouse(dormouse: Dormouse, more: Record<string, string> = {}): Promise<void> {
  await stopDormouse(dormouse);
  Object.assign(dormouse, await startDormouse(dormouse.home, dormouse.port, { ...NO_IDLE_STOP, ...more }));
}

/** A process and all below it, from the system's own list. */
export const familyOf = (pid: number): number[] => [
  pid,
  ...globSync(`/proc/${pid}/task/*/children`).flatMap(readChildren).flatMap(familyOf),
];

function readChildren(file: string): number[] {
  try {
    return readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    // The thread has ended by itself.
    return [];
  }
}
