import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { addBegun } from "#lib/downloads/begun.store.ts";
import { FileOrdinal, GrantDownloads } from "#lib/downloads/download.schema.ts";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { grantDownloads } from "#lib/downloads/grant-downloads.ts";
import { mostOf, requireAllowance } from "#lib/downloads/require-allowance.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";

requireEngines();

// Bundlers find the framework's entry without its ending, Node does not.
registerHooks({
  resolve: (name, context, next) => next(name === "next/headers" ? "next/headers.js" : name, context),
});
const { guestPost, guestPress, guestRedirect } = await import("./guest-route.ts");
const { visitorOf } = await import("./visitor-cookie.ts");

const HTML = "text/html,application/xhtml+xml";

async function begin(limit: number) {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { downloadLimit: limit });
  await sendFile(owner, id, 0, "a <b>.txt", Buffer.from("hello"));
  await makeReady(owner, id, 0);
  const token = link.slice("/t/".length);
  const ask = (method: string, headers: Record<string, string> = {}, ordinal = "0") => {
    const request = new Request(`http://inside.test${link}/files/${ordinal}`, {
      method,
      headers: { host: "files.example.test", ...headers },
    });
    const answer = method === "POST" ? guestPress : guestRedirect;
    return answer(request, token, (ctx, by) => grantDownload(ctx, { ordinal: FileOrdinal.parse(ordinal), by }));
  };
  const downloads = async () => (await getFileRow({ workspaceId: ws.id, id }, 0)).downloads ?? 0;
  return { ws, owner, id, token, ask, downloads };
}

const cookieOf = (answer: Response): string => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

test("only a person's click counts: programs that open or prefetch a link count nothing", async () => {
  const { ask, downloads } = await begin(1);
  for (const headers of [
    { "user-agent": "Slackbot-LinkExpanding 1.0" },
    { "user-agent": "curl/8.0", accept: "*/*" },
    { purpose: "prefetch" },
    { "x-moz": "prefetch" },
    { "x-purpose": "preview" },
    { "sec-purpose": "prefetch;prerender" },
    { "sec-purpose": "PREFETCH" },
    { accept: HTML },
  ]) {
    const answer = await ask("GET", headers);
    assert.equal(answer.headers.get("location"), null, JSON.stringify(headers));
    await ask("HEAD", headers);
  }
  await ask("POST", { "sec-fetch-site": "cross-site" });
  assert.equal(await downloads(), 0);
  const taken = await ask("POST");
  assert.equal(taken.status, 303);
  assert.equal(await (await fetch(taken.headers.get("location") ?? "")).text(), "hello");
  assert.equal(await downloads(), 1);
});

test("a link to a limited file asks first: browsers get a page with a button, programs a sentence that says how", async () => {
  const { ask, token } = await begin(1);
  const page = await ask("GET", { accept: HTML });
  assert.equal(page.status, 200);
  const html = await page.text();
  assert.match(html, /<form method="post"><button type="submit">Download</);
  assert.match(html, /a &#60;b&#62;\.txt|a _b_\.txt/);
  assert.ok(html.includes(`href="/t/${token}"`));
  const said = await ask("GET");
  assert.equal(said.status, 405);
  assert.equal(said.headers.get("allow"), "POST");
  assert.match(await said.text(), new RegExp(`curl -L -O -J -d '' 'https://files.example.test/t/${token}/files/0'`));
  const json = await ask("GET", { accept: "application/json" });
  assert.equal(((await json.json()) as { error: { code: string } }).error.code, "DownloadAsksFirst");
  const [asked, got] = [await ask("HEAD", { accept: HTML }), await ask("GET", { accept: HTML })];
  assert.deepEqual([...asked.headers], [...got.headers], "HEAD has the headers that GET has");
});

test("without a limit a link is a plain redirect, and HEAD leads to the headers of the file only", async () => {
  const { ask, downloads } = await begin(0);
  const head = await ask("HEAD");
  assert.equal(head.status, 302);
  const told = await fetch(head.headers.get("location") ?? "", { method: "HEAD" });
  assert.equal(told.status, 200);
  assert.equal(told.headers.get("content-length"), "5");
  assert.match(told.headers.get("content-disposition") ?? "", /^attachment/);
  assert.equal(await downloads(), 0);
  const got = await ask("GET");
  assert.equal(got.status, 302);
  const since = told.headers.get("last-modified") ?? "";
  const again = await fetch(got.headers.get("location") ?? "", { headers: { "if-modified-since": since } });
  assert.equal(again.status, 304);
  assert.equal(await downloads(), 1);
  assert.equal(got.headers.get("set-cookie"), null, "no one is told apart where nothing is counted");
});

test("the same visitor may repeat a download without being counted again; nobody else may", async () => {
  const { ask, downloads } = await begin(1);
  const first = await ask("POST");
  const cookie = cookieOf(first);
  assert.match(
    first.headers.get("set-cookie") ?? "",
    /^dormouse_visitor=\w{22}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/,
  );
  const again = await ask("POST", { cookie: `other=1; ${cookie}` });
  assert.equal(again.status, 303);
  assert.equal(await downloads(), 1);
  const other = await ask("POST", { accept: HTML });
  assert.equal(other.status, 403);
  assert.match(other.headers.get("content-type") ?? "", /^text\/html/);
  const html = await other.text();
  assert.match(html, /as often as its sender allows/);
  assert.match(html, />Back to the files</);
  assert.equal((await ask("GET", { accept: HTML })).status, 403);
  assert.equal((await ask("GET", { accept: HTML, cookie })).status, 200);
});

test("over TLS the visitor's cookie has the prefix __Host-, and behind another link it is another visitor", async () => {
  const [one, other] = [await begin(1), await begin(1)];
  const overTls = { "x-forwarded-proto": "https" };
  const first = (await one.ask("POST", overTls)).headers.get("set-cookie") ?? "";
  assert.match(first, /^__Host-dormouse_visitor=\w{22}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure$/);
  const cookie = first.split(";")[0] ?? "";
  assert.equal((await one.ask("POST", { ...overTls, cookie })).status, 303);
  // Another host of the same domain can set a cookie with the plain name.
  const planted = cookie.replace("__Host-", "");
  assert.equal((await one.ask("POST", { ...overTls, cookie: planted })).status, 403);
  const browser = cookie.split("=")[1] ?? "";
  assert.notEqual(visitorOf(browser, one.token), visitorOf(browser, other.token));
});

test("an address that begins too much learns when it may continue, in a page, in JSON and in a header", async () => {
  const { ws, id, token, ask, downloads } = await begin(0);
  const grant = { actor: ws.as("owner").actor, workspaceId: ws.id, scope: "any" } as const;
  const transfer = await getTransferRow(grant, id);
  const guest = await ws.guest(`/t/${token}`);
  const one = { ...guest, clock: { now: () => new Date() }, actor: { ...guest.actor, address: "203.0.113.7" } };
  await requireAllowance(
    one,
    transfer,
    Array.from({ length: mostOf("address", transfer).files }, () => ({ size: 1 })),
  );
  const headers = { "x-dormouse-viewer-address": "203.0.113.7" };
  for (const method of ["GET", "POST"]) {
    const refused = await ask(method, { ...headers, accept: HTML });
    assert.equal(refused.status, 429);
    assert.match(await refused.text(), /were begun from your connection within this hour/);
    // A header with the address that the program sends itself is ignored.
    assert.notEqual((await ask(method, { "x-forwarded-for": "203.0.113.7" })).status, 429);
  }
  assert.equal(await downloads(), 2);
  const link = { workspaceId: ws.id, transferId: id, who: `link#${transfer.linkId}`, at: new Date() };
  const most = mostOf("link", transfer);
  await addBegun(link, { files: most.files - mostOf("address", transfer).files - 2, bytes: 0 }, most);
  for (const method of ["GET", "POST"]) {
    const page = await ask(method, { accept: HTML });
    assert.equal(page.status, 429);
    assert.match(page.headers.get("retry-after") ?? "", /^\d{1,4}$/);
    assert.match(
      await page.text(),
      /Very many downloads were begun through this link within this hour\. Please try again in/,
    );
    const json = await ask(method, { accept: "application/json" });
    assert.equal(((await json.json()) as { error: { code: string } }).error.code, "TooManyDownloads");
  }
  assert.equal((await ask("HEAD")).status, 302, "asking about a file begins nothing");
  assert.equal(await downloads(), 2);
});

test("an error is a page for browsers and JSON for programs", async () => {
  const { ask, owner, id } = await begin(0);
  await makeReady(owner, id, 0, { state: "stored" });
  for (const [ordinal, status] of [
    ["0", 409],
    ["7", 404],
    ["not-a-number", 404],
  ] as const) {
    const page = await ask("GET", { accept: HTML }, ordinal);
    assert.equal(page.status, status);
    assert.match(await page.text(), /<h1><bdi>This can&#39;t be downloaded</);
    const json = await ask("GET", { accept: "*/*" }, ordinal);
    assert.ok(((await json.json()) as { error: { message: string } }).error.message);
  }
});

test("a refusal behind a link is in the security log once, without the link", async (t) => {
  const { ask, token, ws } = await begin(0);
  const lines: string[] = [];
  t.mock.method(console, "log", (line: string) => void lines.push(line));
  const forged = `${token.slice(0, -2)}${token.at(-2) === "A" ? "B" : "A"}${token.slice(-1)}`;
  const unknown = new Request(`http://inside.test/t/${forged}/files/0`, { headers: { host: "files.example.test" } });
  await guestRedirect(unknown, forged, (ctx, by) => grantDownload(ctx, { ordinal: 0, by }));
  await ask("GET", {}, "7");
  const told = lines.filter((line) => line.includes('"security"')).map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ security, actor, code, workspaceId }) => [security, actor, code, workspaceId]),
    [
      ["request-refused", "nobody", "LinkUnknown", undefined],
      ["request-refused", "guest", "FileNotFound", ws.id],
    ],
  );
  for (const secret of [token, forged]) assert.ok(!lines.join().includes(secret));
});

test("a POST of another origin, or without an origin, is refused with a sentence", async () => {
  const { token, downloads } = await begin(0);
  const logged: unknown[] = [];
  const { error } = console;
  console.error = (...words) => void logged.push(words);
  try {
    for (const origin of ["null", "", "not an origin", "https://elsewhere.example", "https://files.example.test:444"]) {
      const request = new Request(`http://inside.test/t/${token}/files/grants`, {
        method: "POST",
        headers: { host: "files.example.test", origin, "content-type": "application/json" },
        body: JSON.stringify({ files: [{ ordinal: 0 }] }),
      });
      const answer = await guestPost(request, token, GrantDownloads, grantDownloads);
      assert.equal(answer.status, 403, origin);
    }
  } finally {
    console.error = error;
  }
  assert.deepEqual(logged, []);
  assert.equal(await downloads(), 0);
});
