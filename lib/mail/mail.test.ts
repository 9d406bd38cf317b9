import assert from "node:assert/strict";
import { test } from "node:test";
import { headerText, mailbox } from "./mailbox.ts";
import { endsSoon, endsSoonForSender, filesForYou, type MailedTransfer, notDelivered, wasDownloaded } from "./mails.ts";
import { renderHtml } from "./render-html.ts";
import { renderText } from "./render-text.ts";

const TRANSFER: MailedTransfer = {
  name: "Wedding photos",
  message: "Have a look.\nThe last ones are the best.",
  senderName: "Ana Lind",
  workspaceName: "Hazel & Co",
  expiresAt: "2026-12-01T10:42:00.000Z",
  fileCount: 12,
  bytes: 3_456_000_000,
  withheld: 0,
  files: Array.from({ length: 10 }, (_, index) => ({ path: `day/${index}.jpg`, size: 1_000_000 })),
};
const URL_ = "https://files.example.test/t/abc";
const to = { name: "Bob", url: URL_ };

test("the mail of the files has all there is to know, as text and as HTML", async () => {
  const content = filesForYou(TRANSFER, to);
  assert.equal(content.subject, "Ana Lind sent you files: Wedding photos");
  const text = renderText(content);
  for (const part of [
    "Hello Bob",
    "12 files, 3.46 GB",
    "1 December 2026, 10:42 UTC",
    "> Have a look.\n> The last",
    "- day/0.jpg (1 MB)",
    "and 2 more files",
    URL_,
    "no tracking pixel",
  ])
    assert.ok(text.includes(part), `${part} in ${text}`);
  const html = renderHtml(content);
  assert.match(html, /^<!DOCTYPE html/);
  assert.match(html, /lang="en"/);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.equal(html.match(/<h1/g)?.length, 1);
  for (const part of [
    "12 files, 3.46 GB",
    "Have a look.<br/>The last",
    "day/9.jpg",
    "and 2 more files",
    `href="${URL_}"`,
  ])
    assert.ok(html.includes(part), part);
});

test("what opens the files comes before their list", async () => {
  for (const content of [filesForYou(TRANSFER, to), endsSoon(TRANSFER, to)]) {
    for (const mail of [renderText(content), renderHtml(content)]) {
      const [button, list] = [mail.indexOf("See the files"), mail.indexOf("day/0.jpg")];
      assert.ok(button > 0 && list > button, `${content.subject}: ${button} before ${list}`);
    }
  }
});

test("no mail fetches anything: no picture, font, frame or script, and no address but the button's", async () => {
  const mails = [
    filesForYou(TRANSFER, to),
    endsSoon(TRANSFER, to),
    endsSoonForSender(TRANSFER, { missing: ["Bob"], url: URL_ }),
    wasDownloaded(TRANSFER, { who: "Bob", at: TRANSFER.expiresAt, url: URL_ }),
    notDelivered(TRANSFER, { email: "bob@example.org", problem: "The mailbox is full.", url: URL_ }),
  ];
  for (const content of mails) {
    const html = renderHtml(content);
    assert.doesNotMatch(html, /<(img|script|iframe|object|embed|video|audio|link)\b|\bsrc=|url\(|@import|@font-face/i);
    const addresses = [...html.matchAll(/https?:\/\/[^\s"'<]+/g)]
      .map(([one]) => one)
      .filter((one) => !one.includes("w3.org"));
    assert.deepEqual([...new Set(addresses)], [URL_], content.subject);
    assert.ok(
      renderText(content)
        .split("\n")
        .every((line) => line.length < 998),
    );
  }
});

test("what people write is text: never markup, a header or a longer mail", async () => {
  const hostile: MailedTransfer = {
    ...TRANSFER,
    name: `<script>alert(1)</script>\r\nBcc: eve@example.org ${"x".repeat(500)}`,
    message: "</blockquote><img src=x onerror=alert(1)>",
    senderName: "Eve\r\nTo: all@example.org",
    files: [{ path: "\u202egpj.exe<img>", size: 1 }],
    fileCount: 1,
  };
  const content = filesForYou(hostile, { name: "<b>", url: URL_ });
  const html = renderHtml(content);
  assert.doesNotMatch(html, /<script|<img|<b>|\u202e/);
  const subject = headerText(content.subject);
  assert.doesNotMatch(subject, /[\r\n]/);
  assert.ok([...subject].length <= 200);
});

test("a sender's name is a quoted string, or encoded words where it is not ASCII", () => {
  assert.equal(mailbox("Ana Lind", "a@example.org"), '"Ana Lind" <a@example.org>');
  assert.equal(mailbox('A "B" \\', "a@example.org"), '"A \\"B\\" \\\\" <a@example.org>');
  assert.equal(mailbox("Eve\r\nBcc: x@example.org", "a@example.org"), '"Eve Bcc: x@example.org" <a@example.org>');
  assert.equal(mailbox("", "a@example.org"), "a@example.org");
  const words = mailbox("Ünal Öztürk 日本語のとても長い名前です", "a@example.org");
  assert.match(words, /^(=\?UTF-8\?B\?[\w+/=]+\?= )+<a@example\.org>$/);
  for (const word of words.split(" ").slice(0, -1)) assert.ok(word.length <= 75);
});
