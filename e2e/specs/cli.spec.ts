/** The command line program as it is published: the bundled file, in a process of its own. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { buildCli } from "#infra/commands/build-cli.ts";
import { createClient } from "#lib/api-client/client.ts";
import { createApiKey } from "#lib/api-keys/create-api-key.ts";
import { KEY_SCOPES } from "#lib/kernel/ctx.ts";
import { seededBytes } from "#lib/upload-engine/testing/seeded.ts";
import { test as base, expect } from "../fixtures.ts";
import { expectPageWithoutFaults } from "../page-checks.ts";
import { type Receiver, withReceiver } from "../receiver.ts";

type Ended = { code: number; out: string; err: string };
type Fixtures = {
  /** A folder of the test's own. */
  folder: string;
  /** Runs the program; it is over when it ends. */
  dormouseCli: (words: string[], input?: string) => Promise<Ended>;
  receiver: Receiver;
};

const test = base.extend<Fixtures, { program: string }>({
  program: [
    async ({}, use) => {
      const out = mkdtempSync(join(tmpdir(), "dormouse-cli-"));
      await buildCli(out);
      await use(join(out, "dormouse.cjs"));
      rmSync(out, { recursive: true });
    },
    { scope: "worker" },
  ],
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "dormouse-cli-spec-"));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  receiver: async ({}, use) => withReceiver(use),
  dormouseCli: async ({ program, folder }, use) => {
    await use((words, input = "") => {
      const env = { PATH: process.env["PATH"], HOME: folder, NODE_ENV: "test" } as const;
      const child = spawn(process.execPath, [program, ...words], { env, cwd: folder });
      const ended: Ended = { code: -1, out: "", err: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        ended.out += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        ended.err += text;
      });
      child.stdin.end(input);
      return new Promise((resolve) => child.once("close", (code) => resolve({ ...ended, code: code ?? -1 })));
    });
  },
});

function write(folder: string, files: Record<string, Uint8Array>): void {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

/** SHA-256 of every file below a folder, by its path. */
const digests = (folder: string): Record<string, string> =>
  Object.fromEntries(
    globSync("**/*", { cwd: folder })
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort()
      .map((path) => [
        path,
        createHash("sha256")
          .update(readFileSync(join(folder, path)))
          .digest("hex"),
      ]),
  );

test("by programs alone: a folder is sent, a webhook says that it is ready, a guest has it byte for byte, and it is deleted", async ({
  dormouse,
  workspace,
  folder,
  dormouseCli,
  receiver,
}) => {
  const { key } = await createApiKey(workspace.as("owner"), { name: "laptop", scopes: [...KEY_SCOPES] });
  const signedIn = await dormouseCli(["login", dormouse.url, "--key", "-", "--json"], key);
  expect(signedIn, signedIn.err).toMatchObject({ code: 0 });
  expect(statSync(join(folder, ".config/dormouse/credentials.json")).mode & 0o777).toBe(0o600);

  write(join(folder, "shoot"), {
    "notes.txt": seededBytes(1, 100),
    "day 1/søvn.bin": seededBytes(2, 300_000),
    "day 1/rushes.bin": seededBytes(3, 21 * 1024 ** 2 + 7),
    empty: new Uint8Array(),
  });
  const client = createClient({ url: `http://localhost:${dormouse.port + 5}`, key });
  const { secret } = await client.createWebhook({ url: receiver.url, events: ["transfer.ready"] });
  const sent = await dormouseCli(["send", "shoot", "--title", "Shoot", "--json"]);
  expect(sent, sent.err).toMatchObject({ code: 0, err: "" });
  const { id, link } = JSON.parse(sent.out) as { id: string; link: string };
  expect(link).toMatch(/^http:\/\/localhost:\d+\/t\//);
  await expect.poll(() => receiver.received.length, { timeout: 180_000 }).toBe(1);
  const [{ body, headers } = { body: "", headers: {} }] = receiver.received;
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
    type: "transfer.ready",
    data: { transfer: { id } },
  });

  const shown = await dormouseCli(["show", id, "--json"]);
  expect(JSON.parse(shown.out)).toMatchObject({ title: "Shoot", status: "ready", fileCount: 4 });
  expect((await dormouseCli(["list"])).out).toContain("Shoot");
  expect((await dormouseCli(["link", id])).out.trim()).toBe(link);

  await dormouseCli(["logout"]);
  const got = await dormouseCli(["get", link, "--output", "inbox", "--json"]);
  expect(got, got.err).toMatchObject({ code: 0, err: "" });
  expect(digests(join(folder, "inbox/shoot"))).toEqual(digests(join(folder, "shoot")));
  const one = await dormouseCli(["get", link, "--output", "part", "--file", "shoot/day 1"]);
  expect(one, one.err).toMatchObject({ code: 0 });
  expect(Object.keys(digests(join(folder, "part")))).toHaveLength(2);
  expect(await dormouseCli(["get", link, "--file", "nothing"])).toMatchObject({ code: 4 });

  expect(await dormouseCli(["delete", id])).toMatchObject({ code: 3 });
  await dormouseCli(["login", dormouse.url, "--key", "-"], key);
  expect(await dormouseCli(["delete", id])).toMatchObject({ code: 0 });
  const gone = await dormouseCli(["get", link, "--output", "late", "--json"]);
  expect(gone).toMatchObject({ code: 4, out: "" });
  expect(JSON.parse(gone.err)).toMatchObject({ error: { code: "TransferDeleted" } });
});

test("a member approves the program in a browser, which is signed in then", async ({
  dormouse,
  page,
  signIn,
  folder,
  program,
  dormouseCli,
}) => {
  await signIn(page.context());
  const env = { PATH: process.env["PATH"], HOME: folder, NODE_ENV: "test" } as const;
  const child = spawn(process.execPath, [program, "login", dormouse.url], { env });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const link = await new Promise<string>((resolve) => {
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [, url] = /^Open (\S+)$/m.exec(said) ?? [];
      if (url) resolve(url);
    });
  });
  await page.goto(link);
  await expect(page.getByRole("heading", { name: /asks to act for you/ })).toBeVisible();
  await expectPageWithoutFaults(page, "device-code");
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Approved" })).toBeVisible();
  expect(await ended).toBe(0);
  expect(await dormouseCli(["whoami", "--json"])).toMatchObject({ code: 0 });
});
