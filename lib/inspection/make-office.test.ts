import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentLimits } from "./limits.ts";
import { makeDocument, makeText } from "./make-document.ts";
import { measure, unpreviewable } from "./testing/measure.ts";
import { memorySource } from "./testing/memory-source.ts";
import { sampleDocx, sampleJpeg, sampleOdt, samplePptx, sampleText, sampleXlsx } from "./testing/samples.ts";
import { buildZip } from "./testing/zips.ts";

const OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const LARGE = "This document is too large to be read for a preview.";
const UNREADABLE = "The text of this document can't be read.";

async function make(bytes: Uint8Array, limits: Partial<DocumentLimits> = {}) {
  const made = await makeDocument(memorySource(bytes), OFFICE, { limits });
  const text = made.renditions.find(({ name }) => name === "text.txt");
  return { ...made, names: made.renditions.map(({ name }) => name), text: new TextDecoder().decode(text?.body) };
}

const docx = (xml: string | Uint8Array) =>
  buildZip([
    { path: "[Content_Types].xml", data: "<Types/>" },
    { path: "word/document.xml", data: xml, deflate: true },
  ]);

test("documents of Office and OpenDocument have their text and pages", async () => {
  const word = await make(sampleDocx(["Dear Hazel & Oak,", "<the nuts>"], { pages: 3 }));
  assert.deepEqual([word.text, word.facts, word.names], ["Dear Hazel & Oak,\n<the nuts>", { pages: 3 }, ["text.txt"]]);
  const sheet = await make(
    sampleXlsx([
      ["kind", "count"],
      ["hazel", 40],
    ]),
  );
  assert.equal(sheet.text, "kind\tcount\nhazel\t40");
  const slides = await make(samplePptx(Array.from({ length: 11 }, (_, index) => `Slide ${index + 1}`)));
  assert.match(slides.text, /^Slide 1\n\nSlide 2\n.*Slide 10\n\nSlide 11$/s);
  assert.deepEqual(slides.facts, { pages: 11 });
  const open = await make(sampleOdt(["Grüße", "von der Hasel"], { pages: 2 }));
  assert.deepEqual([open.text, open.facts], ["Grüße\nvon der Hasel", { pages: 2 }]);
});

test("a thumbnail within becomes one of ours", async () => {
  const { names, renditions } = await make(sampleDocx(["x"], { thumbnail: await sampleJpeg() }));
  assert.deepEqual(names, ["thumb.webp", "text.txt"]);
  assert.equal(renditions[0]?.width, 40);
  assert.deepEqual((await make(sampleDocx(["x"], { thumbnail: Buffer.from("no picture") }))).names, ["text.txt"]);
});

test("text that was deleted is not shown", async () => {
  const { text } = await make(docx("<d><p><r><t>kept</t></r><del><r><delText>secret</delText></r></del></p></d>"));
  assert.equal(text, "kept");
});

test("entities of its own are not expanded, and nothing elsewhere is read", async () => {
  const laughs = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><d><p><t>&b;</t></p></d>';
  const outside = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><p><t>&x;</t></p></d>';
  for (const xml of [laughs, outside]) await assert.rejects(make(docx(xml)), unpreviewable(UNREADABLE));
});

test("bombs in an office document are stopped", async () => {
  const bombs: [Uint8Array, RegExp][] = [
    [docx(Buffer.concat([Buffer.from("<d><p><t>"), Buffer.alloc(200_000_000, 32)])), new RegExp(LARGE)],
    [docx("<a>".repeat(10_000_000)), new RegExp(UNREADABLE)],
    [docx(`<a ${Array.from({ length: 500_000 }, (_, index) => `a${index}="1"`).join(" ")}/>`), new RegExp(UNREADABLE)],
  ];
  for (const [bomb, message] of bombs) {
    const { ms, grownMib } = await measure(() => assert.rejects(make(bomb), unpreviewable(message)));
    assert.ok(ms < 60_000 && grownMib < 300, `${ms} ms, ${grownMib} MiB`);
  }
});

test("a text that is longer than what is shown is read no further", async () => {
  const long = docx(`<d>${"<p><t>A hazelnut a day.</t></p>".repeat(200_000)}</d>`);
  const { text, notice } = await make(long, { textBytes: 1000 });
  assert.deepEqual([text.length, notice], [1000, undefined]);
});

test("what was read before a damage is shown, with a notice", async () => {
  const { text, notice } = await make(docx("<d><p><t>The beginning</t></p></wrong>"));
  assert.deepEqual([text, notice], ["The beginning", UNREADABLE]);
});

test("one that lies about its size, or is protected, has no preview", async () => {
  const small = buildZip([{ path: "word/document.xml", data: "x".repeat(10_000), deflate: true, claims: 10 }]);
  const damaged = unpreviewable("This document is damaged, or protected with a password; no preview is made of it.");
  await assert.rejects(make(small), damaged);
  const locked = buildZip([{ path: "word/document.xml", data: "0123456789abcdef", encrypted: true }]);
  await assert.rejects(make(locked), unpreviewable(/protected with a password/));
  await assert.rejects(make(sampleDocx(["x"]).subarray(0, 300)), damaged);
  await assert.rejects(
    makeDocument(memorySource(new Uint8Array(600)), "application/msword"),
    unpreviewable(/old Office/),
  );
});

test("a text is shown as UTF-8, whatever it was written in", async () => {
  const show = async (bytes: Uint8Array, limits = {}) =>
    new TextDecoder().decode((await makeText(memorySource(bytes), { limits })).renditions[0]?.body);
  assert.match(await show(sampleText()), /^Täglich eine Haselnuss\.\n/);
  assert.equal(await show(Buffer.from("\ufeffGrüße 🐿", "utf16le")), "Grüße 🐿");
  assert.equal(await show(Buffer.from("\ufeffGrüße 🐿", "utf16le").swap16()), "Grüße 🐿");
  assert.equal(await show(Buffer.from("Gr\xfc\xdfe aus M\xfcnchen", "latin1")), "Grüße aus München");
  assert.equal(await show(Buffer.from("ab🐿cd"), { bytes: 5 }), "ab");
  assert.equal((await show(Buffer.from("ü".repeat(100_000)))).length, 32_768);
  await assert.rejects(makeText(memorySource(new Uint8Array(10))), unpreviewable("This file is not a text."));
});
