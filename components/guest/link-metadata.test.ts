import assert from "node:assert/strict";
import { test } from "node:test";
import { linkMetadata, NEUTRAL_METADATA } from "./link-metadata.ts";

const transfer = { title: "Layoffs in spring", senderName: "Ana", workspaceName: "Studio" };

test("a link says as much of a transfer as its workspace lets it", () => {
  assert.deepEqual(linkMetadata("nothing", transfer), NEUTRAL_METADATA);
  const sender = linkMetadata("sender", transfer);
  assert.equal(sender.title, "Files from Ana");
  assert.match(sender.description, /^Sent by Ana, Studio\./);
  assert.doesNotMatch(JSON.stringify(sender), /Layoffs/);
  const title = linkMetadata("title", transfer);
  assert.equal(title.title, "Layoffs in spring");
  assert.match(title.description, /^Sent by Ana, Studio\./);
});

test("without a title it says who sends, and marks that turn words around are made visible", () => {
  assert.equal(linkMetadata("title", { ...transfer, title: "" }).title, "Files from Ana");
  assert.doesNotMatch(linkMetadata("title", { ...transfer, title: "\u202egpj.exe" }).title, /\u202e/);
  assert.ok(linkMetadata("title", { ...transfer, title: "x".repeat(200) }).title.length <= 100);
  assert.match(linkMetadata("sender", { ...transfer, workspaceName: "Ana" }).description, /^Sent by Ana\. /);
});
