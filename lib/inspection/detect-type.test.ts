import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { detectType } from "./detect-type.ts";
import { memorySource } from "./testing/memory-source.ts";
import {
  sampleDocx,
  sampleEicar,
  sampleJpeg,
  sampleOdt,
  samplePdf,
  samplePptx,
  sampleText,
  sampleWav,
  sampleXlsx,
  sampleZip,
} from "./testing/samples.ts";
import { buildTar } from "./testing/tars.ts";
import { buildZip } from "./testing/zips.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const detect = (name: string, bytes: Uint8Array, declared?: string) =>
  detectType(memorySource(bytes), { name, declared });

/** The beginning of a Windows program. */
const program = (): Uint8Array =>
  Buffer.concat([Buffer.from("MZ"), Buffer.alloc(200), Buffer.from("PE\0\0"), Buffer.alloc(100)]);

const tar = () => buildTar({ "a.txt": "nuts" });

test("each sample is known by its bytes, whatever its name", async () => {
  const samples: [Uint8Array, string, string][] = [
    [await sampleJpeg(), "image/jpeg", "picture"],
    [
      await sharp(await sampleJpeg())
        .webp()
        .toBuffer(),
      "image/webp",
      "picture",
    ],
    [samplePdf(), "application/pdf", "document"],
    [sampleDocx(["a"]), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"],
    [sampleXlsx([["a", 1]]), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document"],
    [samplePptx(["a"]), "application/vnd.openxmlformats-officedocument.presentationml.presentation", "document"],
    [sampleOdt(["a"]), "application/vnd.oasis.opendocument.text", "document"],
    [sampleText(), "text/plain", "text"],
    [sampleEicar(), "text/plain", "text"],
    [sampleWav(), "audio/wav", "audio"],
    [sampleZip(), "application/zip", "archive"],
    [await tar(), "application/x-tar", "archive"],
    [gzipSync(await tar()), "application/x-compressed-tar", "archive"],
    [gzipSync("nuts"), "application/gzip", "archive"],
    [Buffer.from("377abcaf271c0004", "hex"), "application/x-7z-compressed", "archive"],
    [
      Buffer.concat([Buffer.from("Rar!\x1a\x07\x01\0", "latin1"), Buffer.alloc(40)]),
      "application/x-rar-compressed",
      "archive",
    ],
    [utf8("{\\rtf1 hello}"), "application/rtf", "document"],
    [utf8('<?xml version="1.0"?>\n<!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>'), "image/svg+xml", "text"],
    [utf8("\n<!DOCTYPE html><script>alert(1)</script>"), "text/html", "text"],
    [utf8("BMW is a car, not a bitmap."), "text/plain", "text"],
    [Buffer.from("\ufeffGrüße", "utf16le"), "text/plain", "text"],
    [Buffer.from("Gr\xfc\xdfe aus M\xfcnchen", "latin1"), "text/plain", "text"],
    [program(), "application/x-msdownload", "other"],
    [Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]), "application/octet-stream", "other"],
    [new Uint8Array([0]), "application/octet-stream", "other"],
  ];
  for (const [bytes, type, kind] of samples) {
    const found = await detect("x", bytes);
    assert.deepEqual({ type: found.type, kind: found.kind, lies: found.lies }, { type, kind, lies: false });
  }
});

test("a text's type is by the ending of its name, where it has no mark of its own", async () => {
  assert.equal((await detect("nuts.csv", utf8("kind,count"))).type, "text/csv");
  assert.equal((await detect("NUTS.JSON", utf8("{}"))).type, "application/json");
  assert.equal((await detect("page.csv", utf8("<html>"))).type, "text/html");
});

test("a name that hides what a file is is told in a sentence", async () => {
  const lies: [string, Uint8Array, string][] = [
    [
      "invoice.pdf",
      program(),
      "This file is named as a PDF document, but it is a Windows program. Don't open it unless you know why it was sent.",
    ],
    [
      "invoice.pdf.exe",
      program(),
      "This file's name looks like that of a PDF document, but it is a Windows program. Don't open it unless you know why it was sent.",
    ],
    ["holiday.jpg", sampleZip(), "This file is named as a picture, but it is an archive."],
    ["report.docx", sampleZip(), "This file is named as a text document, but it is an archive."],
    [
      "report.pdf",
      utf8("<html><body>Sign in</body></html>"),
      "This file is named as a PDF document, but it is a web page.",
    ],
    ["notes.txt", samplePdf(), "This file is named as a text, but it is a PDF document."],
    [
      "photo\u202egnp.exe",
      program(),
      "This file's name has characters that make it read backwards, which hides what it is.",
    ],
  ];
  for (const [name, bytes, notice] of lies) {
    const found = await detect(name, bytes);
    assert.deepEqual({ lies: found.lies, notice: found.notice }, { lies: true, notice }, name);
  }
});

test("a declared type counts where the name promises nothing", async () => {
  assert.equal((await detect("scan", program(), "application/pdf")).lies, true);
  assert.equal((await detect("scan", samplePdf(), "application/pdf")).lies, false);
  assert.equal((await detect("scan.zip", sampleZip(), "application/pdf")).lies, false);
});

test("what is as good as its name is no lie", async () => {
  const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const honest: [string, Uint8Array][] = [
    ["photo.jpg", png],
    ["setup.exe", program()],
    ["tool", program()],
    ["archive.zip", sampleDocx(["a"])],
    ["letter.doc", utf8("{\\rtf1 hello}")],
    ["data.unknown", program()],
    ["drawing.svg", utf8("<svg/>")],
    ["source.txt", utf8("<html>")],
    ["song.mp3", sampleWav()],
    ["backup.tar.exe", program()],
  ];
  for (const [name, bytes] of honest) assert.equal((await detect(name, bytes)).notice, undefined, name);
});

const sample = (name: string) => readFileSync(new URL(`testing/cases/${name}`, import.meta.url));
const REMARK = /^Its content is not recognised as that of/;

test("an accusation needs proof: what is not recognised, or could not be looked through, is no lie", async () => {
  const unknown = Buffer.from([0, 9, 8, 7, 200, 201]);
  for (const name of ["holiday.jpg", "report.pdf", "letter.docx", "all.zip"]) {
    const found = await detect(name, unknown);
    assert.deepEqual([found.lies, found.type], [false, "application/octet-stream"], name);
    assert.match(found.notice ?? "", REMARK, name);
  }
  // Its directory is cut off: nobody knows what else was in it.
  const cut = sampleDocx(["a"]).subarray(0, 300);
  assert.equal((await detect("letter.docx", cut)).lies, false);
  const many = buildZip(Array.from({ length: 50 }, (_, index) => ({ path: `${index}`, data: "" })));
  const partly = await detectType(memorySource(many), { name: "a.docx" }, { limits: { zipEntries: 20 } });
  assert.equal(partly.lies, false);
  assert.equal((await detect("a.docx", many)).lies, true);
});

test("what its name says is what it is: rare forms of known kinds", async () => {
  const tiff = (mark: string) => Buffer.concat([Buffer.from(mark, "hex"), Buffer.alloc(200, 7)]);
  const mail = utf8("HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\n\r\n");
  const word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  const main = `<Types><Override PartName="/doc.xml" ContentType="${word}.main+xml"/></Types>`;
  const kinds: [name: string, Uint8Array, type: string, kind: string][] = [
    ["scan.tif", sample("scan-lzw.tif"), "image/tiff", "picture"],
    ["big-endian.tif", tiff("4d4d002a00ffff00"), "image/tiff", "picture"],
    ["big.tif", tiff("49492b000800000000ffff0000000000"), "image/tiff", "picture"],
    ["blank-first.pdf", sample("pdf-newline-first.pdf"), "application/pdf", "document"],
    ["bom-first.pdf", Buffer.concat([utf8("\ufeff"), samplePdf()]), "application/pdf", "document"],
    ["with-headers.pdf", Buffer.concat([mail, samplePdf()]), "application/pdf", "document"],
    ["old-mac.pdf", Buffer.concat([Buffer.alloc(128, 1), samplePdf()]), "application/pdf", "document"],
    ["biff2.xls", sample("biff2.xls"), "application/vnd.ms-excel", "document"],
    ["biff4.xls", Buffer.from("09040600000010000400000000", "hex"), "application/vnd.ms-excel", "document"],
    ["word2.doc", Buffer.from("dba52d0000000904000000000100", "hex"), "application/msword", "document"],
    ["pk00.zip", sample("pk00.zip"), "application/zip", "archive"],
    ["last-part.zip", sample("split.zip"), "application/zip", "archive"],
    ["empty.zip", buildZip([]), "application/zip", "archive"],
    ["empty.tar", Buffer.alloc(10_240), "application/x-tar", "archive"],
    ["report.pages", sample("iwork09.pages"), "application/vnd.apple.pages", "document"],
    ["talk.key", buildZip([{ path: "index.apxl", data: "" }]), "application/vnd.apple.keynote", "document"],
    ["sums.numbers", buildZip([{ path: "Index/Document.iwa", data: "" }]), "application/vnd.apple.numbers", "document"],
    ["online.docx", sample("word-online.docx"), word, "document"],
    [
      "elsewhere.docx",
      buildZip([
        { path: "doc.xml", data: "<d/>" },
        { path: "[Content_Types].xml", data: main, deflate: true },
      ]),
      word,
      "document",
    ],
    [
      "late.ods",
      buildZip([
        { path: "content.xml", data: "<d/>" },
        { path: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet\n", deflate: true },
      ]),
      "application/vnd.oasis.opendocument.spreadsheet",
      "document",
    ],
    ["prices.csv", sample("sjis.csv"), "text/csv", "text"],
    ["program.bas", sample("dos-eof.txt"), "text/plain", "text"],
    ["word2003.doc", utf8('<?xml version="1.0"?><w:wordDocument/>'), "application/xml", "text"],
  ];
  for (const [name, bytes, type, kind] of kinds) {
    assert.deepEqual(await detect(name, bytes), { type, kind, lies: false }, name);
  }
});

test("a text that only speaks of a PDF is a text", async () => {
  assert.equal((await detect("notes.txt", utf8("Each begins with\n%PDF-1.7 and ends with %%EOF"))).type, "text/plain");
});

test("a name deceives when an override changes the ending that is read, and not by marks that do nothing", async () => {
  const turned = "This file's name has characters that make it read backwards, which hides what it is.";
  const names: [name: string, deceives: boolean][] = [
    ["photo\u202egpj.exe", true],
    ["photo\u202egpj.exe\u202c", true],
    ["photo\u202e\u2066gpj\u2069.exe", true],
    ["\u202eexe.gpj\u202c.exe", false],
    ["\u2068Miller and Roe\u2069 2024.pdf", false],
    ["\u202a+49 30 1234567\u202c.txt", false],
    ["\u2067שלום\u2069.pdf", false],
    ["\u202bדוח\u202c 2024.pdf", false],
    ["\u200fדוח.pdf\u200f", false],
    ["\u202dplain.pdf\u202c", false],
    ["a\u202eb\u202cc.pdf", false],
  ];
  for (const [name, deceives] of names) {
    const bytes = name.endsWith(".pdf") ? samplePdf() : name.includes("exe") ? program() : utf8("x");
    const { notice } = await detect(name, bytes);
    assert.equal(notice === turned, deceives, JSON.stringify(name));
  }
});

test("an installer in Office's container is a program", async () => {
  const file = Buffer.alloc(2048);
  file.set(Buffer.from("d0cf11e0a1b11ae1", "hex"));
  file.writeUInt16LE(9, 0x1e);
  file.writeUInt32LE(1, 0x30);
  assert.equal((await detect("old.doc", file)).type, "application/msword");
  file.set(Buffer.from("84100c0000000000c000000000000046", "hex"), 1024 + 80);
  const found = await detect("old.doc", file);
  assert.equal(found.type, "application/x-msi");
  assert.equal(found.lies, true);
});

test("an empty file is none of anything", async () => {
  assert.deepEqual(await detect("a.pdf", new Uint8Array()), {
    type: "application/octet-stream",
    kind: "other",
    lies: false,
    notice: "This file is empty.",
  });
});

test("a large zip whose telling entries stand last is known, and little of it is read", async () => {
  const source = memorySource(
    buildZip([
      { path: "word/media/film.bin", data: new Uint8Array(3_000_000) },
      { path: "word/document.xml", data: "<w:document/>" },
      { path: "[Content_Types].xml", data: "<Types/>" },
    ]),
  );
  const found = await detectType(source, { name: "a.docx" });
  assert.equal(found.kind, "document");
  assert.ok(source.readBytes < 500_000, `${source.readBytes} bytes were read`);
});

test("a type that is known with its codecs is told without them", async () => {
  // The first page of an Ogg with one stream of Opus.
  const page = Buffer.alloc(28 + 19);
  page.write("OggS", 0);
  page.set([1, 19], 26);
  page.write("OpusHead", 28);
  assert.equal((await detectType(memorySource(page), { name: "voice.opus" })).type, "audio/ogg");
});
