import assert from "node:assert/strict";
import { test } from "node:test";
import { linkWords, SILENT } from "./link-words.ts";

const transfer = { title: "Layoffs in spring", senderName: "Ana", workspaceName: "Studio" };

test("a link says as much of a transfer as its workspace lets it", () => {
  assert.deepEqual(linkWords("nothing", transfer), SILENT);
  const sender = linkWords("sender", transfer);
  assert.equal(sender.title, "Files from Ana");
  assert.match(sender.description, /^Sent by Ana, Studio\./);
  assert.doesNotMatch(JSON.stringify(sender), /Layoffs/);
  const title = linkWords("title", transfer);
  assert.equal(title.title, "Layoffs in spring");
  assert.match(title.description, /^Sent by Ana, Studio\./);
});

test("without a title it says who sends, and marks that turn words around are made visible", () => {
  assert.equal(linkWords("title", { ...transfer, title: "" }).title, "Files from Ana");
  assert.doesNotMatch(linkWords("title", { ...transfer, title: "\u202egpj.exe" }).title, /\u202e/);
  assert.ok(linkWords("title", { ...transfer, title: "x".repeat(200) }).title.length <= 100);
  assert.match(linkWords("sender", { ...transfer, workspaceName: "Ana" }).description, /^Sent by Ana\. /);
});
