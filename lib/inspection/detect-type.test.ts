import assert from "node:assert/strict";
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
    [
      "holiday.jpg",
      Buffer.from([0, 9, 8, 7, 200, 201]),
      "This file is named as a picture, but its content is not one.",
    ],
    ["report.docx", sampleZip(), "This file is named as a text document, but it is an archive."],
    [
      "report.pdf",
      utf8("<html><body>Sign in</body></html>"),
      "This file is named as a PDF document, but it is a web page.",
    ],
    ["notes.txt", samplePdf(), "This file is named as a text, but it is a PDF document."],
    [
      "photo.exe\u202egnp.exe",
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
