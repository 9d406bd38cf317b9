/** Strangers' files are read beside the main thread, in time that grows as they do. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { readArchive } from "./archive-task.ts";
import { archiveLimits, documentLimits } from "./limits.ts";
import { listArchive } from "./list-archive.ts";
import { makeDocument } from "./make-document.ts";
import { readOffice } from "./office-task.ts";
import { memorySource } from "./testing/memory-source.ts";
import { buildTar } from "./testing/tars.ts";
import { buildZip } from "./testing/zips.ts";

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const TAR = "application/x-tar";

const repeat = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join("");
const zip = (files: Record<string, string>) =>
  buildZip(Object.entries(files).map(([path, data]) => ({ path, data, deflate: true })));
const word = (body: string) => zip({ "word/document.xml": `<d>${body}</d>` });
const sheet = (body: string, more: Record<string, string> = {}) =>
  zip({ "xl/worksheets/sheet1.xml": `<s>${body}</s>`, ...more });
const open = (body: string) => zip({ "content.xml": `<d>${body}</d>` });

/** Files in which two things could be multiplied with each other, of about `size` characters. */
const HOSTILE: Record<string, (size: number) => Uint8Array> = {
  "hidden columns and cells": (size) =>
    sheet(
      `<cols>${repeat(size / 60, (index) => `<col min="${index + 1}" max="16384" hidden="1"/>`)}</cols><row>${repeat(size / 30, () => '<c r="XFD1"><v>1</v></c>')}</row>`,
    ),
  "a long format and many cells": (size) =>
    sheet(`<row>${repeat(size / 30, () => '<c s="0"><v>1</v></c>')}</row>`, {
      "xl/styles.xml": `<s><numFmt numFmtId="170" formatCode="${"0".repeat(size / 2)}"/><cellXfs><xf numFmtId="170"/></cellXfs></s>`,
    }),
  "a long string and cells that show nothing of it": (size) =>
    sheet(
      `<cols><col min="1" max="1" hidden="1"/></cols>${repeat(size / 40, () => '<row><c r="A1" t="s"><v>0</v></c></row>')}`,
      {
        "xl/sharedStrings.xml": `<s><si><t>${"x".repeat(size / 2)}</t></si></s>`,
      },
    ),
  "shapes within shapes": (size) =>
    word(repeat(size / 20_000, () => "<sp>".repeat(900) + "<p><t>a</t></p>".repeat(700) + "</sp>".repeat(900))),
  "alternatives and what follows": (size) =>
    word(
      repeat(size / 60, () => "<AlternateContent><Choice/></AlternateContent>") +
        repeat(size / 15, () => "<p><t>a</t></p>"),
    ),
  "blanks in one line": (size) => word(`<p><t>${" ".repeat(size)}x</t></p>`),
  "text in pieces of a character": (size) => word(`<p><t>${repeat(size / 6, () => "a<!---->")}</t></p>`),
  "hiding styles and paragraphs": (size) =>
    open(
      repeat(size / 70, (index) => `<style name="s${index}"><p-properties display="none"/></style>`) +
        repeat(size / 40, () => '<p style-name="other">a</p>'),
    ),
};

/** Microseconds of the processor: others on the machine don't count. */
async function cost(work: () => Promise<unknown>): Promise<number> {
  const from = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

const SIZE = 150_000;
const TIMES = 8;
/** Linear is 8 and quadratic 64; in between lies what the machine adds. */
const MOST = 28;

for (const [name, make] of Object.entries(HOSTILE)) {
  test(`eight times the document takes about eight times the work: ${name}`, async () => {
    const [small, large] = [make(SIZE), make(SIZE * TIMES)];
    const read = (bytes: Uint8Array) =>
      cost(() => readOffice(memorySource(bytes), { ...documentLimits, textBytes: 1e9 }, () => undefined));
    await read(small);
    const once = await read(small);
    const more = await read(large);
    assert.ok(more < MOST * (once + 2000), `${more} after ${once} µs`);
  });
}

test("long names in an archive that are no UTF-8 are looked at once, not in every code page", async () => {
  const make = (length: number) => buildTar({ [`${"\u00e9".repeat(length)}.txt`]: "x" });
  const list = async (length: number) => {
    // As Latin letters they are no UTF-8.
    const bytes = Buffer.from(
      Buffer.from(await make(length))
        .toString("latin1")
        .replaceAll("\u00c3\u00a9", "\u00e9\u00e9"),
      "latin1",
    );
    return cost(() => readArchive(memorySource(bytes), { ...archiveLimits, type: TAR }, () => undefined));
  };
  await list(20_000);
  const once = await list(20_000);
  // Each in eight code pages, it would be eight times as much.
  assert.ok((await list(20_000 * TIMES)) < 5 * (once + 2000));
});

test("while a document or an archive is read, the main thread is free for its siblings", async () => {
  const document = word(repeat(200_000, () => "<p><t>A hazelnut a day.</t></p>"));
  const archive = buildZip(
    Array.from({ length: 1000 }, (_, index) => ({ path: `${"folder/".repeat(50)}${index}`, data: "" })),
  );
  for (const read of [
    () => makeDocument(memorySource(document), WORD, { limits: { textBytes: 1e8 } }),
    () => listArchive(memorySource(archive), "application/zip"),
  ]) {
    const before = performance.eventLoopUtilization();
    await read();
    const { utilization } = performance.eventLoopUtilization(before);
    assert.ok(utilization < 0.6, `${utilization} of the time`);
  }
});

test("a document that is read for too long is given up with what was known of it", async () => {
  const endless = zip({
    "docProps/app.xml": "<Properties><Pages>3</Pages></Properties>",
    "word/document.xml": `<d>${repeat(400_000, () => "<p><t>A hazelnut a day.</t></p>")}</d>`,
  });
  await assert.rejects(makeDocument(memorySource(endless), WORD, { limits: { seconds: 0, textBytes: 1e9 } }), {
    name: "Unpreviewable",
    message: "Reading this document took too long.",
  });
});
