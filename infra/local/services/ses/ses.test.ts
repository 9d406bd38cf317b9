import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from "@aws-sdk/client-sesv2";
import type { LedgerEntry } from "../../core/ledger.ts";
import { createServicesFront } from "../../front.ts";
import { CREDENTIALS } from "../../testing/s3.ts";
import { createSes } from "./api.ts";

type Told = {
  "detail-type": string;
  detail: { eventType: string; mail: { tags: object }; bounce?: { bounceSubType: string } };
};

const KEY = "the-key-of-the-inbox";

/** Reads the inbox as the browser that has opened its link. */
const look = (url: string, init: RequestInit = {}) =>
  fetch(url, { ...init, headers: { ...init.headers, cookie: `other=1; dormouse_inbox_${new URL(url).port}=${KEY}` } });

async function startSes(rate = 100) {
  const dir = mkdtempSync(join(tmpdir(), "dormouse-ses-"));
  const ledger: LedgerEntry[] = [];
  const events: Told[] = [];
  const ses = createSes({
    dir,
    inboxKey: KEY,
    region: "us-east-1",
    sender: "Dormouse <dormouse@localhost>",
    rate,
    ledger: (entry) => void ledger.push(entry),
    onEvent: (event) => void events.push(event as Told),
  });
  const front = createServicesFront({ services: [ses], credentials: CREDENTIALS, region: "us-east-1" });
  for (const server of [front, ses.inbox]) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = (server: typeof front) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new SESv2Client({
    endpoint: url(front),
    region: "us-east-1",
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  after(async () => {
    client.destroy();
    front.close();
    front.closeAllConnections();
    await ses.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { client, events, ledger, inbox: url(ses.inbox), dir };
}

const mail = (to: string, more: Partial<SendEmailCommandInput> = {}): SendEmailCommandInput => ({
  FromEmailAddress: '"Ana via Dormouse" <dormouse@localhost>',
  Destination: { ToAddresses: [to] },
  ReplyToAddresses: ["ana@example.org"],
  Content: {
    Simple: {
      Subject: { Data: "Files for <you>", Charset: "UTF-8" },
      Body: { Text: { Data: "as text" }, Html: { Data: "<p>as <b>HTML</b></p><script>alert(1)</script>" } },
      Headers: [{ Name: "Auto-Submitted", Value: "auto-generated" }],
    },
  },
  EmailTags: [{ Name: "delivery", Value: "dl_1" }],
  ...more,
});
const named = (name: string) => (error: unknown) => (error as Error).name === name;

test("a message is accepted over HTTP, billed by recipient, stored on disk and shown in the inbox", async () => {
  const { client, ledger, inbox, events } = await startSes();
  const { MessageId } = await client.send(new SendEmailCommand(mail("bob@example.org")));
  assert.ok(MessageId);
  assert.deepEqual(
    ledger.map(({ service, operation, units }) => [service, operation, units["messages"]]),
    [["ses", "SendEmail", 1]],
  );
  assert.deepEqual(events, []);
  const [kept] = (await (await look(`${inbox}/messages.json`)).json()) as Record<string, unknown>[];
  assert.deepEqual(
    [kept?.["id"], kept?.["to"], kept?.["replyTo"]],
    [MessageId, ["bob@example.org"], ["ana@example.org"]],
  );
  const list = await (await look(inbox)).text();
  assert.ok(list.indexOf("Delete all messages") < list.indexOf("<ul>"), "its button is found without scrolling");
  assert.ok(list.includes("Files for &#60;you&#62;") && !list.includes("<you>"));
  const page = await look(`${inbox}/messages/${MessageId}`);
  const html = await page.text();
  assert.match(html, /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"[^>]*srcdoc="/);
  assert.ok(!html.includes("<script>") && html.includes("as text"));
  assert.match(page.headers.get("content-security-policy") ?? "", /script-src 'none'/);
});

test("the simulator's addresses cause bounces, with the tags of their message", async () => {
  const { client, events, inbox } = await startSes();
  for (const to of [
    "bounce@example.org",
    "complaint@example.org",
    "suppressionlist@simulator.amazonses.com",
    "bounce+1@x.org",
  ])
    await client.send(new SendEmailCommand(mail(to)));
  assert.deepEqual(
    events.map((event) => [event["detail-type"], event.detail.bounce?.bounceSubType]),
    [
      ["Email Bounced", "General"],
      ["Email Complaint Received", undefined],
      ["Email Bounced", "OnAccountSuppressionList"],
      ["Email Bounced", "General"],
    ],
  );
  assert.deepEqual(events[0]?.detail.mail.tags, { delivery: ["dl_1"] });
  assert.match(await (await look(inbox)).text(), /came back/);
});

test("SES's errors are answered with the same names, and nothing is billed", async () => {
  const { client, ledger } = await startSes(2);
  const refused = async (input: SendEmailCommandInput, name: string) =>
    assert.rejects(client.send(new SendEmailCommand(input)), named(name));
  await refused(mail("bob@example.org", { FromEmailAddress: "other@example.org" }), "MessageRejected");
  await refused(mail("bob@example.org", { ConfigurationSetName: "none" }), "NotFoundException");
  await refused(mail("no address"), "BadRequestException");
  await refused(mail("bob@example.org", { Destination: {} }), "BadRequestException");
  await refused(
    mail("bob@example.org", { FromEmailAddress: "Eve\r\nBcc: x@y.z <dormouse@localhost>" }),
    "BadRequestException",
  );
  await refused(mail("bob@example.org", { EmailTags: [{ Name: "a b", Value: "c" }] }), "BadRequestException");
  const many = { ToAddresses: Array.from({ length: 51 }, (_, index) => `a${index}@example.org`) };
  await refused(mail("", { Destination: many }), "BadRequestException");
  await refused(
    mail("bob@example.org", { Destination: { ToAddresses: ["a@x.org", "b@x.org", "c@x.org"] } }),
    "TooManyRequestsException",
  );
  assert.deepEqual(ledger, []);
});

test("only the browser that has opened the inbox's link sees mail", async () => {
  const { client, inbox } = await startSes();
  const { MessageId } = await client.send(new SendEmailCommand(mail("bob@example.org")));
  for (const path of ["/", "/messages.json", `/messages/${MessageId}`, "/?key=", `/?key=${KEY}x`]) {
    const refused = await fetch(inbox + path);
    assert.equal(refused.status, 403, path);
    assert.doesNotMatch(await refused.text(), /bob@example\.org/, path);
  }
  assert.equal((await fetch(`${inbox}/clear`, { method: "POST" })).status, 403);
  const opened = await fetch(`${inbox}/?key=${KEY}`, { redirect: "manual" });
  assert.equal(opened.status, 303);
  assert.equal(opened.headers.get("location"), "/", "the key leaves the address");
  const [cookie = "", ...attributes] = (opened.headers.get("set-cookie") ?? "").split("; ");
  assert.ok(attributes.includes("HttpOnly") && attributes.includes("SameSite=Lax"));
  assert.match(await (await fetch(inbox, { headers: { cookie } })).text(), /bob@example\.org/);
});

test("the inbox answers for loopback names only, and only its own page can empty it", async () => {
  const { client, inbox, dir } = await startSes();
  await client.send(new SendEmailCommand(mail("bob@example.org")));
  const { port } = new URL(inbox);
  const asked = await new Promise<string>((resolve) => {
    const probe = createServer();
    probe.close();
    look(`http://127.0.0.1:${port}/clear`, {
      method: "POST",
      headers: { "sec-fetch-site": "cross-site" },
      redirect: "manual",
    }).then((response) => resolve(String(response.status)));
  });
  // Some versions of fetch do not let a test set Sec-Fetch-Site; what counts is that nothing was deleted.
  assert.ok(["403", "303"].includes(asked));
  const { request } = await import("node:http");
  const status = await new Promise<number>((resolve) => {
    request({ host: "127.0.0.1", port, path: "/", headers: { host: "evil.example" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).end();
  });
  assert.equal(status, 421);
  const again = createSes({
    dir,
    inboxKey: KEY,
    region: "us-east-1",
    sender: "a@b.c",
    ledger: () => {},
    onEvent: () => {},
  });
  await again.close();
});
