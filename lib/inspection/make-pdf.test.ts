import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import sharp from "sharp";
import type { DocumentLimits } from "./limits.ts";
import { makeDocument } from "./make-document.ts";
import { measure, unpreviewable } from "./testing/measure.ts";
import { memorySource } from "./testing/memory-source.ts";
import { buildPdf, pagePdf, samplePdf } from "./testing/pdfs.ts";

const DAMAGED = "This PDF is damaged or incomplete; no preview is made of it.";
const GREEDY = "Reading this document took too much memory.";
const make = (bytes: Uint8Array, limits: Partial<DocumentLimits> = {}) =>
  makeDocument(memorySource(bytes), "application/pdf", { limits });
const catalog = "<< /Type /Catalog /Pages 2 0 R >>";

test("a PDF has its text, its first page as a picture, and how many pages there are", async () => {
  const { renditions, facts, notice } = await make(samplePdf(["Dear Hazel,\nthe nuts are in the oak.", "Page two"]));
  assert.deepEqual([facts, notice], [{ pages: 2 }, undefined]);
  const [page, text] = renditions;
  assert.equal(new TextDecoder().decode(text?.body), "Dear Hazel,\nthe nuts are in the oak.\n\nPage two");
  assert.deepEqual([page?.name, page?.type, page?.width, page?.height], ["page-1.webp", "image/webp", 1131, 1600]);
  const { channels } = await sharp(page?.body).stats();
  // White paper with some black on it.
  assert.ok((channels[0]?.max ?? 0) > 250 && (channels[0]?.min ?? 255) < 60);
});

test("of a large PDF only what is needed is read", async () => {
  const source = memorySource(
    buildPdf([
      catalog,
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
      { dictionary: "/Type /EmbeddedFile", data: new Uint8Array(20_000_000) },
    ]),
  );
  const { facts } = await makeDocument(source, "application/pdf");
  assert.equal(facts.pages, 1);
  assert.ok(source.readBytes < 2_000_000, `${source.readBytes} bytes were read`);
});

test("text is kept up to its limit", async () => {
  const made = await make(samplePdf(["nuts ".repeat(100), "more"]), { textBytes: 50 });
  assert.equal(made.renditions[1]?.body.length, 50);
});

test("a password is told of", async () => {
  await assert.rejects(
    make(encryptedPdf()),
    unpreviewable("This PDF is protected with a password; no preview is made of it."),
  );
});

test("a tree of pages that never ends, ends", async () => {
  const trees = [
    ["<< /Type /Pages /Kids [2 0 R] /Count 1000000 >>"],
    ["<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 100 >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 50 >>"],
  ];
  for (const tree of trees) await assert.rejects(make(buildPdf([catalog, ...tree])), unpreviewable(DAMAGED));
});

test("what needs too much memory is stopped, and the process goes on", async () => {
  const zeros = deflatedZeros(100);
  const filter = "/Filter /FlateDecode";
  const drawing = {
    dictionary: "",
    data: Buffer.from("q 500 0 0 500 0 0 cm /I1 Do Q BT /F1 24 Tf 72 720 Td (Hi) Tj ET"),
  };
  const picture = "/Type /XObject /Subtype /Image /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode";
  const stream = pagePdf({ dictionary: filter, data: zeros });
  const nested = pagePdf({
    dictionary: "/Filter [/FlateDecode /FlateDecode]",
    data: deflateSync(zeros, { level: 9 }),
  });
  for (const bomb of [stream, nested]) {
    const { cpuMs, grownMib } = await measure(() =>
      assert.rejects(make(bomb, { processMib: 300, seconds: 600 }), { ...unpreviewable(GREEDY), facts: { pages: 1 } }),
    );
    assert.ok(cpuMs < 60_000 && grownMib < 900, `${cpuMs} ms, ${grownMib} MiB`);
  }
  // A picture that is too large is left out, and the rest of the page is shown.
  const huge = pagePdf(drawing, { dictionary: `${picture} /Width 30000 /Height 30000`, data: zeros });
  const made = await make(huge);
  assert.deepEqual(
    made.renditions.map(({ name }) => name),
    ["page-1.webp", "text.txt"],
  );
});

test("a page that takes forever is stopped at the deadline", async () => {
  const operators = deflateSync(Buffer.from("0 0 m 100 100 l S ".repeat(4_000_000)), { level: 1 });
  const page = pagePdf({ dictionary: "/Filter /FlateDecode", data: operators });
  await assert.rejects(
    make(page, { seconds: 2, processMib: 4000 }),
    unpreviewable("Reading this document took too long."),
  );
});

test("a page without a size, or of any size, is no trouble", async () => {
  const sized = (box: string) =>
    make(
      buildPdf([
        catalog,
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        `<< /Type /Page /Parent 2 0 R /MediaBox [${box}] >>`,
      ]),
    );
  const [wide] = (await sized("0 0 100000000 50000000")).renditions;
  assert.deepEqual([wide?.width, wide?.height], [1600, 800]);
  assert.equal((await sized("0 0 100000000 1")).notice, "The first page of this PDF has no size that can be shown.");
});

test("what asks for other places or runs code gets neither", async () => {
  const active = buildPdf([
    "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (while\\(true\\){}) >> >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /AA << /O << /S /URI /URI (http://127.0.0.1:9/) >> >> /Contents 4 0 R >>",
    { dictionary: "/F (http://127.0.0.1:9/evil) /FFilter /FlateDecode", data: Buffer.from("") },
  ]);
  assert.deepEqual((await make(active)).facts, { pages: 1 });
});

test("an abort ends it, and what the source throws is thrown", async () => {
  const source = memorySource(samplePdf());
  const controller = new AbortController();
  const made = makeDocument(source, "application/pdf", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(made, /enough/);
  const broken = { ...source, read: () => Promise.reject(new Error("S3 is away")) };
  await assert.rejects(makeDocument(broken, "application/pdf"), /^Error: S3 is away$/);
});

/** So many times ten megabytes of zeros, deflated once: the block ends on a whole byte and refers to nothing before it. */
function deflatedZeros(times: number): Buffer {
  const length = 10_000_000;
  const block = deflateRawSync(Buffer.alloc(length), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const adler = Buffer.alloc(4);
  adler.writeUInt16BE((length * times) % 65_521, 0);
  adler.writeUInt16BE(1, 2);
  return Buffer.concat([Buffer.from([0x78, 0xda]), ...Array<Buffer>(times).fill(block), Buffer.from([3, 0]), adler]);
}

/** Encrypted under a password that nobody has: what it must match, no password gives. */
function encryptedPdf(): Uint8Array {
  const any = "ab".repeat(32);
  return buildPdf(
    [catalog, "<< /Type /Pages /Kids [] /Count 0 >>"],
    `/ID [<${any}> <${any}>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <${any}> /U <${any}> /P -4 >>`,
  );
}
