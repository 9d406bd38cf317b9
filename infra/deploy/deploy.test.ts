/** Deploying and removing as a person runs them: of AWS one call to Lambda, and for SST a program that notes its words. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { readSignInToken } from "#lib/auth/sign-in-token.ts";
import type { Keys } from "#lib/kernel/keys.ts";
import { tryLock } from "../local/core/lock.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const MAIN = join(PROJECT, "infra/commands/main.ts");
const KEYS = { LinkKeys: "a".repeat(64), GrantKeys: "b".repeat(64), SignInKeys: "c".repeat(64) };
const SIGN_IN: Keys = [KEYS.SignInKeys];
const KEPT = Object.entries(KEYS)
  .map(([name, key]) => `${name}=${key}\n`)
  .join("");
const keptIn = (file: string, name: string): string =>
  new RegExp(`^${name}=(.+)$`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? "";

/**
 * Notes its arguments and the variables that change what it does; keeps secrets in a file as SST keeps them with the stage,
 * and fails as SST does where there are none; fails where SST_FAILS says so.
 */
const SST = `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
appendFileSync("sst.log", args.join(" ").replace(/\\S+secrets\\.env/, "FILE") + "\\n");
if (process.env.SST_FAILS === args[0]) { console.error(process.env.SST_SAYS ?? "a lock is held"); process.exit(1); }
if (args[0] === "deploy") writeFileSync("sst.settings", JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("DORMOUSE_")))));
for (const name of ["SST_SKIP_DEPENDENCY_CHECK", "AWS_EC2_METADATA_DISABLED"])
  if (process.env[name]) appendFileSync("sst.env", name + "\\n");
if (args.slice(0, 2).join(" ") === "secret list" && !existsSync("secrets")) { console.error("✕  No secrets found"); process.exit(1); }
if (args.slice(0, 2).join(" ") === "secret list") console.log("# dormouse\\n" + readFileSync("secrets", "utf8"));
if (args.slice(0, 2).join(" ") === "secret load") writeFileSync("secrets", readFileSync(args[2]));
if (args[0] === "deploy") { mkdirSync(".sst", { recursive: true }); writeFileSync(".sst/outputs.json", JSON.stringify({ stage: args.at(-1), url: "https://" + args.at(-1) + ".cloudfront.net/" })); }
`;

/** Says what it can build for, as DOCKER_SAYS has it; is not started where that is empty. */
const DOCKER = `#!/bin/sh
[ "$*" = "buildx inspect" ] || exit 2
says=\${DOCKER_SAYS-Platforms: linux/amd64, linux/arm64}
[ -n "$says" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }
echo "$says"
`;

type Ran = { code: number; stdout: string; stderr: string };

type Account = {
  concurrency?: number;
  /** What nobody has reserved; all where it is not said. */
  unreserved?: number;
  /** Reserved by functions, by their names. */
  reserved?: Record<string, number>;
  vcpus?: number;
  budgets?: boolean;
  sandbox?: boolean;
  known?: boolean;
};

/** What AWS answers of an account. */
function answerOf(request: IncomingMessage, account: Account): [status: number, body: unknown] {
  const { concurrency = 1000, unreserved = concurrency, reserved = {}, known = true } = account;
  const { url = "", headers } = request;
  assert.match(headers.authorization ?? "", /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
  const target = String(headers["x-amz-target"] ?? "");
  const [, name = ""] = /functions\/([^/]+)\/concurrency/.exec(url) ?? [];
  if (!known)
    return [
      403,
      { __type: "UnrecognizedClientException", message: "The security token included in the request is invalid." },
    ];
  if (url.includes("/account-settings"))
    return [200, { AccountLimit: { ConcurrentExecutions: concurrency, UnreservedConcurrentExecutions: unreserved } }];
  if (name && name in reserved) return [200, { ReservedConcurrentExecutions: reserved[name] }];
  if (name) return [404, { __type: "ResourceNotFoundException", message: `Function not found: ${name}` }];
  if (target.endsWith(".GetServiceQuota")) return [200, { Quota: { Value: account.vcpus ?? 1000 } }];
  if (target.endsWith(".DescribeBudgets"))
    return account.budgets === false
      ? [400, { __type: "AccessDeniedException", Message: "Account is a linked account." }]
      : [200, { Budgets: [] }];
  if (url.includes("/v2/email/account"))
    return [200, { ProductionAccessEnabled: !account.sandbox, SendingEnabled: true }];
  assert.equal(url, "/");
  return [200, "<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"];
}

/** An empty project and an account. */
async function setUp(t: TestContext, account: Account = {}) {
  const project = mkdtempSync(join(tmpdir(), "dormouse-deploy-"));
  const aws = createServer((request, response) => {
    const [status, body] = answerOf(request, account);
    const { __type } = body as { __type?: string };
    response.writeHead(status, {
      "content-type": "application/json",
      ...(__type ? { "x-amzn-errortype": __type } : {}),
    });
    request.resume().once("end", () => response.end(typeof body === "string" ? body : JSON.stringify(body)));
  });
  await new Promise<void>((ready) => aws.listen(0, "127.0.0.1", ready));
  t.after(() => {
    aws.close();
    rmSync(project, { recursive: true });
  });
  const bin = join(project, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "sst"), SST);
  writeFileSync(join(bin, "docker"), DOCKER);
  for (const program of ["sst", "docker"]) chmodSync(join(bin, program), 0o755);
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: "test",
    PATH: [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
    HOME: project,
    // As run.mjs has it: types are stripped once and not in each of the fifty runs.
    NODE_COMPILE_CACHE: join(PROJECT, "node_modules", ".cache", "dormouse-node"),
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
  };
  return {
    project,
    secrets: join(project, "secrets"),
    /** What the deployment was told beside the shell's own variables. */
    settings: () => JSON.parse(readFileSync(join(project, "sst.settings"), "utf8")) as Record<string, string>,
    sst: () => (existsSync(join(project, "sst.log")) ? readFileSync(join(project, "sst.log"), "utf8").trim() : ""),
    run: (args: string[], changes: Record<string, string> = {}, typed = ""): Promise<Ran> =>
      new Promise((done) => {
        const child = execFile(
          process.execPath,
          [MAIN, ...args],
          { cwd: project, env: { ...env, ...changes } },
          (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }),
        );
        child.stdin?.end(typed);
      }),
  };
}

test("the first deployment makes the keys and prints the owner's sign-in link; no program gets a key as an argument", async (t) => {
  const { run, sst, secrets } = await setUp(t);
  const { code, stdout, stderr } = await run(["deploy", "--stage", "production"]);
  assert.equal(code, 0, stderr);
  assert.equal(sst(), "secret list --stage production\nsecret load FILE --stage production\ndeploy --stage production");
  const keys = Object.keys(KEYS).map((name) => keptIn(secrets, name));
  for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(new Set(keys).size, 3);
  const [, token] = /https:\/\/production\.cloudfront\.net\/welcome\/(\S+)/.exec(stdout) ?? [];
  assert.ok(readSignInToken([keptIn(secrets, "SignInKeys")], token ?? ""), stdout);
  for (const key of keys) assert.ok(!stdout.includes(key));
});

test("a later one keeps the keys and says how to sign in; --sign-in prints a link without deploying", async (t) => {
  const { run, sst, secrets } = await setUp(t);
  writeFileSync(secrets, KEPT);
  const deployed = await run(["deploy", "--stage", "ada"]);
  assert.equal(deployed.code, 0, deployed.stderr);
  assert.doesNotMatch(deployed.stdout, /welcome/);
  assert.match(deployed.stdout, /npm run deploy -- --stage ada --sign-in/);
  assert.equal(sst(), "secret list --stage ada\ndeploy --stage ada");
  const { stdout } = await run(["deploy", "--stage", "ada", "--sign-in"]);
  assert.ok(readSignInToken(SIGN_IN, /welcome\/(\S+)/.exec(stdout)?.[1] ?? ""));
  assert.equal(sst().split("\n").length, 3);
});

test("keys are rotated and withdrawn by a deployment, of one purpose at a time", async (t) => {
  const { run, sst, secrets } = await setUp(t);
  writeFileSync(secrets, KEPT);
  const rotated = await run(["deploy", "--stage", "ada", "--rotate-keys", "links"]);
  assert.equal(rotated.code, 0, rotated.stderr);
  const [newest = "", ...older] = keptIn(secrets, "LinkKeys").split(",");
  assert.match(newest, /^[0-9a-f]{64}$/);
  assert.deepEqual(older, [KEYS.LinkKeys]);
  assert.deepEqual([keptIn(secrets, "GrantKeys"), keptIn(secrets, "SignInKeys")], [KEYS.GrantKeys, KEYS.SignInKeys]);
  assert.equal(sst(), "secret list --stage ada\nsecret load FILE --stage ada\ndeploy --stage ada");
  assert.ok(!rotated.stdout.includes(newest));
  const withdrawn = await run(["deploy", "--stage", "ada", "--withdraw-keys", "links"]);
  assert.equal(withdrawn.code, 0, withdrawn.stderr);
  assert.equal(keptIn(secrets, "LinkKeys"), newest);
});

test("keys of no purpose, or of a stage that is not there, are refused before anything is touched", async (t) => {
  const { run, sst, secrets } = await setUp(t);
  const unknown = await run(["deploy", "--stage", "ada", "--rotate-keys", "everything"]);
  assert.deepEqual([unknown.code, sst()], [1, ""]);
  assert.match(unknown.stderr, /There are keys for links, grants, sign-in, and none for "everything"/);
  const absent = await run(["deploy", "--stage", "ada", "--rotate-keys", "links"]);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /ada has not been deployed yet/);
  assert.ok(!existsSync(secrets));
});

type Refused = { args?: string[]; env?: Record<string, string>; account?: Account; says: RegExp };
const REFUSED: Record<string, Refused> = {
  "no stage": { args: ["deploy"], says: /Say which stage/ },
  "a stage with capitals": { args: ["deploy", "--stage", "Prod"], says: /"Prod" can't be a stage/ },
  "a stage with an underscore": { args: ["deploy", "--stage", "my_stage"], says: /can't be a stage/ },
  "a stage too long for names of buckets": { args: ["deploy", "--stage", "a".repeat(21)], says: /2 to 20/ },
  "a stage like a path": { args: ["deploy", "--stage", "../x"], says: /can't be a stage/ },
  "no region": { env: { AWS_REGION: "" }, says: /No region: export AWS_REGION/ },
  "no credentials": {
    env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_EC2_METADATA_DISABLED: "true" },
    says: /No credentials for AWS/,
  },
  "a domain that is none": { env: { DORMOUSE_DOMAIN: "https://x.com/" }, says: /DORMOUSE_DOMAIN is a domain/ },
  "a budget of nothing": { env: { DORMOUSE_BUDGET_USD: "0" }, says: /DORMOUSE_BUDGET_USD is a whole number from 1/ },
  "a limit in words": { env: { DORMOUSE_MAX_INSTANCES: "many" }, says: /DORMOUSE_MAX_INSTANCES .* not "many"/ },
  "files kept for less than a transfer": { env: { DORMOUSE_MAX_DAYS: "7" }, says: /DORMOUSE_MAX_DAYS/ },
  "an origin with a path": {
    env: { DORMOUSE_API_ORIGINS: "https://a.example https://b.example/app" },
    says: /DORMOUSE_API_ORIGINS are origins .* not "https:\/\/b\.example\/app"/,
  },
  "a sender with a name": {
    env: { DORMOUSE_MAIL_FROM: "Dormouse <files@example.com>" },
    says: /DORMOUSE_MAIL_FROM is the bare e-mail address/,
  },
  "a region that SST's site does not know": {
    env: { AWS_REGION: "eu-central-2" },
    says: /can't be deployed to eu-central-2[\s\S]*eu-central-1/,
  },
  "a region of another partition": { env: { AWS_REGION: "cn-north-1" }, says: /can't be deployed to cn-north-1/ },
  "more functions than there are": {
    account: { concurrency: 450 },
    env: { DORMOUSE_MAX_INSTANCES: "120" },
    says: /DORMOUSE_MAX_INSTANCES can be \d\d at most, not 120[\s\S]*Service Quotas/,
  },
  "more functions than other stages have left": {
    account: { concurrency: 1000, unreserved: 450 },
    env: { DORMOUSE_MAX_INSTANCES: "120" },
    says: /DORMOUSE_MAX_INSTANCES can be \d\d at most, not 120/,
  },
  "Docker that is not started": { env: { DOCKER_SAYS: "" }, says: /Is it started\?\nCannot connect/ },
  "Docker that knows only this machine's processor": {
    env: { DOCKER_SAYS: "Platforms: linux/amd64, linux/386" },
    says: /nothing for arm64 yet[\s\S]*binfmt --install arm64/,
  },
  "a sign-in link before the first deployment": {
    args: ["deploy", "--stage", "new", "--sign-in"],
    says: /has not been deployed yet/,
  },
};

for (const [what, { args = ["deploy", "--stage", "production"], env = {}, account = {}, says }] of Object.entries(
  REFUSED,
)) {
  test(`refused before anything is touched: ${what}`, async (t) => {
    const { run, sst } = await setUp(t, account);
    const { code, stderr } = await run(args, env);
    assert.equal(code, 1);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, / at .*\.ts:\d+/, "a sentence, not a stack");
    assert.doesNotMatch(sst(), /deploy|load/);
  });
}

test("refused before anything is touched: credentials that AWS does not know", async (t) => {
  const { run, sst } = await setUp(t, { known: false });
  const { code, stderr } = await run(["deploy", "--stage", "ada"]);
  assert.equal(code, 1);
  assert.match(stderr, /AWS refuses these credentials in eu-west-1: .*security token/);
  assert.equal(sst(), "");
});

test("refused before anything is touched: no Docker, which a sign-in link does not need", async (t) => {
  const { run, sst, project, secrets } = await setUp(t);
  rmSync(join(project, "bin", "docker"));
  const PATH = join(project, "bin");
  const { code, stderr } = await run(["deploy", "--stage", "ada"], { PATH });
  assert.equal(code, 1);
  assert.match(stderr, /Docker is needed to build the images of the virus scan/);
  assert.equal(sst(), "");
  writeFileSync(secrets, KEPT);
  mkdirSync(join(project, ".sst"), { recursive: true });
  writeFileSync(join(project, ".sst", "site-ada.json"), JSON.stringify({ url: "https://ada.cloudfront.net" }));
  assert.match((await run(["deploy", "--stage", "ada", "--sign-in"], { PATH })).stdout, /welcome/);
});

test("a second deployment of a stage waits for nobody: it says that one runs", async (t) => {
  const { run, sst, project } = await setUp(t);
  const lock = tryLock(join(project, ".sst", "deploy-ada.lock"));
  t.after(() => lock?.release());
  const { code, stderr } = await run(["deploy", "--stage", "ada"]);
  assert.equal(code, 1);
  assert.match(stderr, /A deployment of ada is running already/);
  assert.equal(sst(), "");
});

test("a deployment that SST refuses, as when another machine holds the stage, says how to free it", async (t) => {
  const { run, secrets } = await setUp(t);
  writeFileSync(secrets, KEPT);
  const { code, stdout, stderr } = await run(["deploy", "--stage", "ada"], { SST_FAILS: "deploy" });
  assert.equal(code, 1);
  assert.match(stderr, /a lock is held[\s\S]*deploy of ada failed[\s\S]*npx sst unlock --stage ada/);
  assert.doesNotMatch(stdout, /Dormouse is at/);
});

test("SST finds Pulumi and the account by its own means: nothing of the offline checks reaches it", async (t) => {
  const { run, project } = await setUp(t);
  assert.equal((await run(["deploy", "--stage", "ada"])).code, 0);
  assert.equal((await run(["remove", "--stage", "ada", "--yes"])).code, 0);
  assert.equal(existsSync(join(project, "sst.env")), false);
});

test("a sign-in link opens its own stage's site, whichever was deployed last from this folder", async (t) => {
  const { run } = await setUp(t);
  for (const stage of ["ada", "bob"]) assert.equal((await run(["deploy", "--stage", stage])).code, 0);
  const { stdout } = await run(["deploy", "--stage", "ada", "--sign-in"]);
  assert.match(stdout, /https:\/\/ada\.cloudfront\.net\/welcome\//);
  assert.doesNotMatch(stdout, /bob/);
});

test("production is not removed by a command", async (t) => {
  const { run, sst } = await setUp(t);
  const { code, stderr } = await run(["remove", "--stage", "production", "--yes"]);
  assert.equal(code, 1);
  assert.match(stderr, /holds people's files/);
  assert.equal(sst(), "");
});

test("another stage is removed when its name is typed, or with --yes, and not otherwise", async (t) => {
  const { run, sst } = await setUp(t);
  const not = await run(["remove", "--stage", "ada"], {}, "adam\n");
  assert.equal(not.code, 1);
  assert.match(not.stderr, /Nothing was removed/);
  assert.equal(sst(), "");
  assert.equal((await run(["remove", "--stage", "ada"], {}, "ada\n")).code, 0);
  assert.equal((await run(["remove", "--stage", "ada", "--yes"])).code, 0);
  assert.equal(sst(), "remove --stage ada\nremove --stage ada");
});

test("a small account without budgets is deployed too; the command says which quotas to ask AWS for", async (t) => {
  const { run, settings } = await setUp(t, { concurrency: 10, vcpus: 2, budgets: false, sandbox: true });
  const { code, stdout, stderr } = await run(["deploy", "--stage", "ada"], {
    DORMOUSE_MAIL_FROM: "files@example.com",
  });
  assert.equal(code, 0, stderr);
  for (const note of [
    /10 functions at a time: too few/,
    /gives this account 2 vCPUs/,
    /may not have budgets/,
    /sandbox/,
  ])
    assert.match(stdout, note);
  const wanted = { DORMOUSE_MAIL_FROM: "files@example.com", DORMOUSE_RESERVE: "no", DORMOUSE_BUDGET_USD: "none" };
  assert.deepEqual(settings(), wanted);
});

test("a second deployment plans with what its first has reserved, whichever stages took the rest", async (t) => {
  const reserved = { "dormouse-ada-web": 100, "dormouse-ada-check": 100, "dormouse-ada-note-failure": 100 };
  const { run, settings } = await setUp(t, { unreserved: 200, reserved });
  const { code, stdout } = await run(["deploy", "--stage", "ada"]);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /Note:/);
  assert.deepEqual(settings(), {});
});

test("an account that says nothing of quotas and budgets is no fault", async (t) => {
  const { run, settings } = await setUp(t);
  const env = { AWS_ENDPOINT_URL_SERVICE_QUOTAS: "http://127.0.0.1:9", AWS_ENDPOINT_URL_BUDGETS: "http://127.0.0.1:9" };
  const { code, stdout } = await run(["deploy", "--stage", "ada"], env);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /Note:/);
  assert.deepEqual(settings(), {});
});

test("a small account's stage can be removed", async (t) => {
  const { run, sst } = await setUp(t, { concurrency: 10 });
  assert.equal((await run(["remove", "--stage", "ada", "--yes"])).code, 0);
  assert.equal(sst(), "remove --stage ada");
});

test("what AWS says of a failure is shown, and after it what to do", async (t) => {
  const { run } = await setUp(t);
  const said = "because it is a replicated function.";
  const { code, stderr } = await run(["remove", "--stage", "ada", "--yes"], { SST_FAILS: "remove", SST_SAYS: said });
  assert.equal(code, 1);
  assert.match(stderr, /because it is a replicated function\.[\s\S]*Run the same command again later/);
});
