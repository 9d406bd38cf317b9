/** Strangers' files are read beside the main thread, in time that grows as they do. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { cost, requireLinear } from "#lib/testing/linear.ts";
import { readArchive } from "./archive-task.ts";
import { detectType } from "./detect-type.ts";
import { archiveLimits, documentLimits } from "./limits.ts";
import { listArchive } from "./list-archive.ts";
import { makeDocument } from "./make-document.ts";
import { readOffice } from "./office-task.ts";
import { memorySource } from "./testing/memory-source.ts";
import { buildTar } from "./testing/tars.ts";
import { buildZip } from "./testing/zips.ts";
import { openZip } from "./zip-directory.ts";

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

/** A zip of 20 entries whose names have `size` letters, and `extra` beside them in the directory. */
function manyNamed(size: number, extra: Uint8Array): Uint8Array {
  const name = Buffer.alloc(size, "n");
  const listed = Buffer.alloc(46);
  listed.writeUInt32LE(0x02014b50, 0);
  listed.writeUInt16LE(size, 28);
  listed.writeUInt16LE(extra.length, 30);
  const directory = Buffer.concat(Array.from({ length: 20 }, () => [listed, name, extra]).flat());
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(20, 8);
  end.writeUInt16LE(20, 10);
  end.writeUInt32LE(directory.length, 12);
  return Buffer.concat([directory, end]);
}

const SIZE = 150_000;
const TIMES = 8;

for (const [name, make] of Object.entries(HOSTILE)) {
  test(`eight times the document takes about eight times the work: ${name}`, async () => {
    await requireLinear(name, SIZE, make, (bytes) =>
      readOffice(memorySource(bytes), { ...documentLimits, textBytes: 1e9 }, () => undefined),
    );
  });
}

/** What costs about the same for two inputs of one size, of which only one plays the trick. */
async function requireNoMore<T>(trick: T, plain: T, work: (input: T) => Promise<unknown>): Promise<void> {
  await work(plain);
  const usual = await cost(() => work(plain));
  let more = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3; tries++) {
    more = Math.min(more, await cost(() => work(trick)));
    if (more < 4 * (usual + 2000)) return;
  }
  assert.fail(`${more} instead of ${usual} µs`);
}

test("a long string that many cells show is looked through until there is as much as is kept", async () => {
  const strings = { "xl/sharedStrings.xml": `<s><si><t>${"x\n".repeat(500_000)}</t></si></s>` };
  // They are unpacked together, before it is asked whether there is enough.
  const make = (second: number) =>
    sheet(`<row><c t="s"><v>0</v></c></row>${repeat(400, () => `<row><c t="s"><v>${second}</v></c></row>`)}`, strings);
  await requireNoMore(make(0), make(7), (bytes) =>
    readOffice(memorySource(bytes), { ...documentLimits, textBytes: 1000 }, () => undefined),
  );
});

test("an entry with a long name and thousands of other names for it has its sum taken once", async () => {
  const make = (id: string) => {
    const field = Buffer.from(`${id}0600010000000000`, "hex");
    return manyNamed(60_000, Buffer.concat(Array.from({ length: 6000 }, () => field)));
  };
  // The same without the fields' meaning.
  await requireNoMore(make("7570"), make("7470"), async (bytes) => {
    const zip = await openZip(memorySource(bytes), "This zip is damaged.");
    for await (const { path } of zip.entries()) assert.equal(path.length, 60_000);
  });
});

test("while the directory of a zip tells what it is, other files have their turn, and it can be stopped", async () => {
  const crowd = buildZip(Array.from({ length: 2000 }, (_, index) => ({ path: `${index}`, data: "" })));
  let turns = 0;
  const turn = () => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const detected = await detectType(memorySource(crowd), { name: "a.zip" });
  clearImmediate(next);
  assert.equal(detected.type, "application/zip");
  assert.ok(turns >= 5, `${turns} turns`);
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error("Enough.")));
  const late = detectType(memorySource(crowd), { name: "a.zip" }, { signal: stop.signal });
  await assert.rejects(late, { message: "Enough." });
});

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
