import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { ApiError } from "#lib/api-client/client.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { completionOf, SHELLS } from "./completion.ts";
import { ConfigError, configFolder, type Environment, keepSignIn, readKey, readSite } from "./config.ts";
import { Interrupted, tell } from "./errors.ts";
import { generalHelp, helpOf } from "./help.ts";
import { parseCall, UsageError } from "./parse.ts";
import { timeLeft } from "./progress.ts";
import { Unreached } from "./reach.ts";
import { runCall } from "./run-call.ts";
import { originOf } from "./site.ts";
import { COMMAND_NAMES, commandOf, type EXIT_CODES } from "./table.ts";

class Sink extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

function home(t: TestContext): Environment {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-cli-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return { XDG_CONFIG_HOME: folder, HOME: folder };
}

async function call(words: string[], { env = {}, input = "" }: { env?: Environment; input?: string } = {}) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const { signal } = new AbortController();
  const code = await runCall(words, { env, stdin: Readable.from([input]), stdout, stderr, signal });
  return { code, out: stdout.text, err: stderr.text };
}

/** A site and its API in one; `answers` by path. Answers its address. */
async function site(t: TestContext, answers: Record<string, { status?: number; body: unknown }>): Promise<string> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const path = request.url ?? "";
    const known =
      path === "/.well-known/dormouse" ? { body: { api: url } } : (answers[`${request.method} ${path}`] ?? undefined);
    response.writeHead(known ? (known.status ?? 200) : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(known?.body ?? { code: "PathNotFound", detail: "There is nothing at this address." }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ME = { workspaceId: "w", memberId: "m", name: "Ana", role: "owner", scopes: ["transfers:read"] };

test("options and arguments are parsed by the table; what it does not know is a fault of use", () => {
  const parsed = parseCall(["send", "a", "-t", "Title", "--to", "a@example.org", "--to=b@example.org", "--wait", "-"]);
  assert.deepEqual(JSON.parse(JSON.stringify(parsed)), {
    name: "send",
    given: { arguments: ["a", "-"], options: { title: "Title", to: ["a@example.org", "b@example.org"], wait: true } },
  });
  assert.equal(parseCall(["--version"]), "version");
  for (const wrong of [
    ["nothing"],
    ["send"],
    ["show"],
    ["show", "a", "b"],
    ["list", "--unknown"],
    ["send", "a", "--title"],
    ["list", "--trash=yes"],
  ])
    assert.throws(() => parseCall(wrong), UsageError, wrong.join(" "));
  assert.throws(() => parseCall(["sedn"]), /There is no command/);
});

test("the help says every command and option, and --help goes before what is missing", async () => {
  for (const name of COMMAND_NAMES) {
    assert.ok(generalHelp().includes(commandOf(name).summary));
    for (const option of Object.keys(commandOf(name).options)) assert.ok(helpOf(name).includes(`--${option}`));
    assert.deepEqual(await call([name, "--help"]), { code: 0, out: helpOf(name), err: "" });
  }
  for (const line of generalHelp().split("\n")) assert.ok(line.length <= 80, line);
});

test("the shells understand their completions", (t) => {
  for (const shell of SHELLS) assert.ok(completionOf(shell).includes("extend"));
  const folder = home(t)["HOME"] ?? "";
  writeFileSync(join(folder, "completion"), completionOf("bash"));
  const words = (line: string) =>
    execFileSync(
      "bash",
      [
        "-c",
        `. ./completion; COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _dormouse; echo "\${COMPREPLY[@]}"`,
      ],
      {
        cwd: folder,
        encoding: "utf8",
      },
    ).trim();
  assert.equal(words("dormouse ex"), "extend");
  assert.equal(words("dormouse send --me"), "--message");
  assert.equal(words("dormouse completion f"), "fish");
});

test("each kind of fault has its exit code", () => {
  const cases: [unknown, keyof typeof EXIT_CODES][] = [
    [new UsageError("x"), "usage"],
    [new ApiError(401, { code: "KeyInvalid", detail: "x" }), "refused"],
    [new ApiError(403, {}), "refused"],
    [new ApiError(404, {}), "missing"],
    [new ApiError(422, {}), "failed"],
    [new VisibleError("TransferExpired", 410, "x"), "missing"],
    [new VisibleError("NetworkLost", 503, "x"), "network"],
    [new Unreached("x"), "network"],
    [new Interrupted(), "interrupted"],
    [new ConfigError("x"), "failed"],
    [new Error("x"), "failed"],
  ];
  for (const [error, ending] of cases) assert.equal(tell(error).ending, ending, String(error));
});

test("a sign-in is kept for its owner alone, and not read when others could", async (t) => {
  const env = home(t);
  const kept = { origin: "https://files.example.test", api: "https://api.example.test" };
  await keepSignIn(env, kept, "dormouse_a");
  assert.deepEqual([await readSite(env), await readKey(env, kept.origin)], [kept, "dormouse_a"]);
  const file = join(configFolder(env), "credentials.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o644);
  await assert.rejects(readKey(env, kept.origin), ConfigError);
  const { code, err } = await call(["whoami", "--json"], { env });
  assert.equal(code, 1);
  assert.equal((JSON.parse(err) as { error: { code: string } }).error.code, "ConfigUnreadable");
});

test("signing in asks the site where its API is, and tries the key", async (t) => {
  const env = home(t);
  const url = await site(t, { "GET /v1/me": { body: ME } });
  const { code, out } = await call(["login", url, "--key", "-", "--json"], { env, input: "dormouse_k\n" });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), { site: url, ...ME });
  assert.equal(await readKey(env, url), "dormouse_k");
  assert.match((await call(["whoami"], { env })).out, /^Ana, owner, at http/);
  assert.equal((await call(["logout"], { env })).code, 0);
  assert.equal((await call(["whoami"], { env })).code, 3);
  assert.equal((await call(["whoami"], { env: { ...env, DORMOUSE_KEY: "dormouse_k" } })).code, 0);
});

test("a key that does not open is not kept", async (t) => {
  const env = home(t);
  const refused = { status: 401, body: { code: "KeyInvalid", detail: "This key does not open anything." } };
  const url = await site(t, { "GET /v1/me": refused });
  const { code, err } = await call(["login", url, "--key", "dormouse_wrong"], { env });
  assert.deepEqual([code, err], [3, "dormouse: This key does not open anything.\n"]);
  assert.equal(await readKey(env, url), undefined);
});

test("where no server answers, or no Dormouse is, the program says so", async (t) => {
  const env = home(t);
  const login = (url: string) => call(["login", url, "--key", "dormouse_k"], { env });
  assert.equal((await login("http://127.0.0.1:1")).code, 5);
  assert.match((await login("http://files.example.test")).err, /travel in the clear/);
  assert.equal(originOf("files.example.test/transfers"), "https://files.example.test");
});

test("a name that would steer the terminal is shown without what steers", async (t) => {
  const evil = { id: "tr_1", status: "ready", bytes: 1, expiresAt: "2026-01-01T00:00:00Z", name: "a\u001b[2Jb" };
  const url = await site(t, { "GET /v1/transfers": { body: { items: [evil] } } });
  const env = { ...home(t), DORMOUSE_URL: url, DORMOUSE_KEY: "dormouse_k" };
  const { out } = await call(["list"], { env });
  assert.ok(out.includes("a�[2Jb") && !out.includes("\u001b"));
});

test("times are written in two units", () => {
  assert.deepEqual([3.2, 185, 7800].map(timeLeft), ["4 s", "3 min 5 s", "2 h 10 min"]);
});
