/** One journey through a Dormouse that runs somewhere: what a deployment must do, in the order in which people do it. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Browser, type BrowserContext, chromium } from "playwright";
import { expect } from "playwright/test";
import { CHROMIUM_ARGS, requireChromium } from "#infra/commands/chromium.ts";
import { SECURITY_HEADERS } from "#infra/security-headers.ts";

export type SmokeOptions = {
  /** `https://d111111abcdef8.cloudfront.net` */
  url: string;
  /** The owner's one-time link. */
  signIn: string;
  tell: (line: string) => void;
};

const MIB = 1024 ** 2;
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Goes through all of it, telling a line a step; throws at the first that fails. Leaves no transfer behind. */
export async function smoke({ url, signIn, tell }: SmokeOptions): Promise<void> {
  const origin = new URL(url).origin;
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    tell(`ok  ${name}, ${Math.round(performance.now() - started)} ms`);
  };

  await step("pages have a policy with a nonce of their own, and tell browsers to keep them to themselves", () =>
    checkHeaders(origin),
  );
  await step("static files may be kept for ever", () => checkAssets(origin));
  await step("strangers are told so, with the right status", () => checkStrangers(origin));

  await step("who takes no compressed answers has each to its end, and no error is kept for the next", () =>
    checkBare(origin),
  );

  const browser = await chromium.launch({ executablePath: requireChromium(), args: CHROMIUM_ARGS });
  try {
    await journey(browser, origin, signIn, step);
  } finally {
    await browser.close();
  }
}

type Step = (name: string, work: () => Promise<unknown>) => Promise<void>;

async function journey(browser: Browser, origin: string, signIn: string, step: Step): Promise<void> {
  const files = [
    { name: "empty.bin", buffer: Buffer.alloc(0) },
    { name: "small.txt", buffer: Buffer.from("A dormouse sleeps.\n") },
    { name: "several parts.bin", buffer: randomBytes(12 * MIB) },
  ].map((file) => ({ ...file, mimeType: "" }));
  const title = `Smoke test ${new Date().toISOString()}`;
  const page = await (await browser.newContext()).newPage();
  let link = "";

  await step("the owner's link signs in", async () => {
    await page.goto(new URL(signIn, origin).href);
    const name = page.getByLabel("Your name");
    // Of the very first sign-in, who owns the deployment is asked.
    if (await name.isVisible()) {
      await name.fill("Owner");
      await page.getByLabel("Workspace").fill("Smoke");
    }
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(`${origin}/transfers`, { timeout: 30_000 });
  });
  await step("three files, one of several parts, go straight to S3", async () => {
    await page.getByTestId("files").setInputFiles(files);
    await page.getByLabel("Title").fill(title);
    await page.getByRole("button", { name: "Create link and send" }).click();
    await expect(page.getByRole("heading", { name: "Sent", exact: true })).toBeVisible({ timeout: 300_000 });
    link = (await page.locator("code").first().textContent()) ?? "";
  });
  await step("a guest downloads them, the same to the last bit", async () => {
    const context = await browser.newContext({ acceptDownloads: true });
    await collect(context, new URL(link, origin).href, files);
    await context.close();
  });
  await step("deleted, the transfer is closed and its files are gone", async () => {
    await page.goto(`${origin}/transfers`);
    const choose = async (item: string) => {
      await page.getByRole("button", { name: `Actions for ${title}` }).click();
      await page.getByRole("menuitem", { name: item, exact: true }).click();
    };
    await choose("Delete");
    await expect(page.getByText(`Deleted ${title}`)).toBeVisible();
    await page.goto(`${origin}/transfers?in=trash`);
    await choose("Delete for good");
    await page.getByRole("button", { name: "Delete for good" }).click();
    await expect.poll(async () => (await fetch(new URL(link, origin))).status).toBe(410);
  });
}

async function collect(
  context: BrowserContext,
  link: string,
  files: { name: string; buffer: Buffer }[],
): Promise<void> {
  const page = await context.newPage();
  // Nothing is handed out before it has been checked: the guest comes back until it is.
  await expect(async () => {
    await page.goto(link);
    await expect(page.getByRole("link", { name: /^Download / })).toHaveCount(files.length, { timeout: 1000 });
  }).toPass({ timeout: 300_000, intervals: [1000] });
  for (const { name, buffer } of files) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: `Download ${name}` }).click(),
    ]);
    expect(sha256(readFileSync(await download.path())), name).toBe(sha256(buffer));
  }
}

async function checkHeaders(origin: string): Promise<void> {
  const policies = [];
  for (let visit = 0; visit < 2; visit++) {
    const response = await fetch(`${origin}/welcome`);
    expect(response.status).toBe(200);
    const { headers } = response;
    const policy = headers.get("content-security-policy") ?? "";
    policies.push(policy);
    expect(policy).toMatch(/script-src [^;]*'nonce-[\w-]{16,}' 'strict-dynamic'/);
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(policy).toMatch(/connect-src 'self' https?:\/\/\S+/);
    expect(headers.get("cache-control")).toMatch(/no-store|private/);
  }
  // Every answer has them: pages, files, what programs ask for, and errors of the app and of the edge.
  for (const path of [
    "/welcome",
    "/icon.svg",
    "/api/upload/v1/status",
    "/t/none/files/0",
    "/none",
    "/_next/static/none",
  ]) {
    const { headers } = await fetch(`${origin}${path}`, { redirect: "manual" });
    // A page has a policy of its own, with all that the edge's says.
    const { "content-security-policy": policy, ...others } = SECURITY_HEADERS;
    for (const [name, value] of Object.entries(others)) expect(headers.get(name), `${name} of ${path}`).toBe(value);
    const given = headers.get("content-security-policy");
    for (const directive of policy.split("; ")) expect(given, `the policy of ${path}`).toContain(directive);
  }
  expect(policies[0], "each answer has a nonce of its own").not.toBe(policies[1]);
}

async function checkAssets(origin: string): Promise<void> {
  const html = await (await fetch(`${origin}/welcome`)).text();
  const [path] = /\/_next\/static\/[^"\\]+\.js/.exec(html) ?? [];
  const response = await fetch(`${origin}${path}`);
  expect([response.status, response.headers.get("cache-control")]).toEqual([200, expect.stringMatching(/immutable/)]);
}

async function checkStrangers(origin: string): Promise<void> {
  const seal = (headers: Record<string, string>) =>
    fetch(`${origin}/api/upload/v1/seal`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ transferId: `tr_${"A".repeat(22)}` }),
    });
  expect((await seal({})).status, "nobody").toBe(401);
  expect((await seal({ origin: "https://elsewhere.example" })).status, "another site").toBe(403);
  expect((await fetch(`${origin}/t/${"A".repeat(44)}`)).status, "an unknown link").toBe(404);
  expect((await fetch(`${origin}/transfers`, { redirect: "manual" })).status, "not signed in").toBe(307);
}

/** What CloudFront answers from what it keeps says since when it has it. */
const KEPT = "age";
const TIMEOUT_MS = 20_000;

/** A redirect, an error and a page, each twice: unlike `fetch`, this asks without Accept-Encoding. */
async function checkBare(origin: string): Promise<void> {
  for (const [path, status] of [
    ["/transfers", 307],
    [`/t/${"B".repeat(44)}`, 404],
    ["/no-such-page", 404],
    ["/welcome", 200],
  ] as const) {
    for (let visit = 0; visit < 2; visit++) {
      const answer = await bare(`${origin}${path}`);
      expect(answer.status, path).toBe(status);
      expect(answer.headers[KEPT], `${path} is answered anew`).toBeUndefined();
    }
  }
}

function bare(url: string): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  const ask = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = ask(url, { agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const { statusCode = 0, headers } = answer;
      answer.resume().once("end", () => resolve({ status: statusCode, headers }));
      answer.once("error", reject);
    });
    asked.once("timeout", () => asked.destroy(new Error(`${url} was not answered to its end.`)));
    asked.once("error", reject).end();
  });
}
