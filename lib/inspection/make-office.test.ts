import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { DocumentLimits } from "./limits.ts";
import { makeDocument, makeText } from "./make-document.ts";
import { measure, unpreviewable } from "./testing/measure.ts";
import { memorySource } from "./testing/memory-source.ts";
import { sampleDocx, sampleJpeg, sampleOdt, samplePptx, sampleText, sampleXlsx } from "./testing/samples.ts";
import { buildZip } from "./testing/zips.ts";
import { TextSink } from "./text-sink.ts";

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

const sample = (name: string) => readFileSync(new URL(`testing/cases/${name}`, import.meta.url));
const HIDDEN = /secret/;

test("a document's parts are found by their relationships, whatever they are called", async () => {
  assert.match((await make(sample("word-online.docx"))).text, /\w/);
  const rels = (...targets: [id: string, type: string, target: string][]) =>
    `<Relationships>${targets.map(([id, type, target]) => `<Relationship Id="${id}" Type="http://x/${type}" Target="${target}"/>`).join("")}</Relationships>`;
  const slide = (text: string, more = "") => `<p:sld${more}><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`;
  const deck = buildZip([
    { path: "_rels/.rels", data: rels(["a", "officeDocument", "/deck/main.xml"]) },
    {
      path: "deck/main.xml",
      data: '<p><sldId id="1" r:id="two"/><sldId id="2" r:id="three"/><sldId id="3" r:id="one"/></p>',
    },
    {
      path: "deck/_rels/main.xml.rels",
      data: rels(["one", "slide", "s/1.xml"], ["two", "slide", "./s/2.xml"], ["three", "slide", "../other/3.xml"]),
    },
    { path: "deck/s/1.xml", data: slide("first file") },
    { path: "deck/s/2.xml", data: slide("second file") },
    { path: "other/3.xml", data: slide("secret", ' show="0"') },
  ]);
  assert.equal((await make(deck)).text, "second file\n\nfirst file");
  const book = buildZip([
    { path: "_rels/.rels", data: rels(["a", "officeDocument", "book.xml"]) },
    {
      path: "book.xml",
      data: '<w><workbookPr date1904="0"/><sheet r:id="b"/><sheet state="hidden" r:id="c"/><sheet r:id="a"/></w>',
    },
    {
      path: "_rels/book.xml.rels",
      data: rels(
        ["a", "worksheet", "x.xml"],
        ["b", "worksheet", "y.xml"],
        ["c", "worksheet", "z.xml"],
        ["d", "styles", "st.xml"],
      ),
    },
    {
      path: "st.xml",
      data: '<s><numFmt numFmtId="170" formatCode="yyyy&quot;d&quot;"/><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></s>',
    },
    {
      path: "x.xml",
      data: '<s><row><c t="b"><v>1</v></c><c s="1"><v>45000</v></c><c s="2"><v>45000.5</v></c></row></s>',
    },
    { path: "y.xml", data: "<s><row><c><v>7</v></c></row></s>" },
    { path: "z.xml", data: '<s><row><c t="str"><v>secret</v></c></row></s>' },
  ]);
  assert.equal((await make(book)).text, "7\n\nTRUE\t2023-03-15\t2023-03-15 12:00:00");
});

test("what is there twice for old readers is read once, and what was moved too", async () => {
  assert.equal((await make(sample("textbox.docx"))).text.match(/Deposit: 500 EUR/g)?.length, 1);
  const only = docx("<d><AlternateContent><Fallback><p><r><t>old</t></r></p></Fallback></AlternateContent></d>");
  assert.equal((await make(only)).text, "old");
  const moved = docx(
    "<d><p><moveFrom><r><t>moved</t></r></moveFrom><r><t>a </t></r><moveTo><r><t>moved</t></r></moveTo></p></d>",
  );
  assert.equal((await make(moved)).text, "a moved");
});

test("what was deleted, hidden or commented is not text of a document, in any format", async () => {
  const run = (properties: string, text: string) => `<r><rPr>${properties}</rPr><t>${text}</t></r>`;
  const word = docx(
    `<d><p>${run("<vanish/>", "secret")}${run('<vanish val="0"/>', "seen")}${run("<rPrChange><rPr><vanish/></rPr></rPrChange>", " too")}<del>${run("", "secret")}</del></p><sp><cNvPr hidden="1"/><t>secret</t></sp></d>`,
  );
  assert.equal((await make(word)).text, "seen too");
  const tracked = await make(sample("tracked.odt"));
  assert.equal(tracked.text, "Our price is 1200 EUR.\nRegards");
  const open = buildZip([
    { path: "mimetype", data: "application/vnd.oasis.opendocument.text" },
    {
      path: "content.xml",
      data: `<o:d xmlns:o="o" xmlns:s="s" xmlns:t="t"><s:style s:name="T1"><s:text-properties t:display="none"/></s:style><s:style s:name="ta1"><s:table-properties s:display="false"/></s:style>
        <t:p>seen<t:span t:style-name="T1">secret</t:span><t:hidden-text>secret</t:hidden-text></t:p>
        <t:section t:display="none"><t:p>secret</t:p></t:section>
        <t:table t:style-name="ta1"><t:table-row><t:table-cell><t:p>secret</t:p></t:table-cell></t:table-row></t:table>
        <t:table><t:table-row t:visibility="collapse"><t:table-cell><t:p>secret</t:p></t:table-cell></t:table-row>
        <t:table-row><t:table-cell t:number-columns-repeated="2"/><t:table-cell><t:p>third</t:p></t:table-cell></t:table-row></t:table></o:d>`,
    },
  ]);
  const { text } = await make(open);
  assert.doesNotMatch(text, HIDDEN);
  assert.deepEqual(text.split("\n").filter(Boolean), ["seen", "\t\tthird"]);
});

test("cells stand where their reference says", async () => {
  assert.equal((await make(sample("sparse.xlsx"))).text, "Item\tPrice\tDiscount\tTotal\nHazelnuts\t\t\t42\n\t\t7");
  const far = buildZip([
    {
      path: "xl/worksheets/sheet1.xml",
      data: '<s><cols><col min="2" max="2" hidden="1"/></cols><row hidden="1"><c><v>9</v></c></row><row><c r="B1"><v>9</v></c><c r="XFD1"><v>1</v></c></row></s>',
    },
  ]);
  assert.equal((await make(far)).text, `${"\t".repeat(200)}1`);
});

test("twice the text takes about twice the time: no expression looks at it again and again", () => {
  const time = (length: number): number => {
    const sink = new TextSink(1e9);
    for (const piece of [" ".repeat(length), "\t".repeat(length), "\n".repeat(length), ` x${" ".repeat(length)}y`])
      sink.add(piece);
    const from = process.cpuUsage();
    assert.match(sink.text, /^ x +y$/);
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  time(100_000);
  // Quadratic, the second would take 400 times as long.
  assert.ok(time(2_000_000) < 100 * (time(100_000) + 1000));
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
    const { cpuMs, grownMib } = await measure(() => assert.rejects(make(bomb), unpreviewable(message)));
    assert.ok(cpuMs < 60_000 && grownMib < 300, `${cpuMs} ms, ${grownMib} MiB`);
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
  await assert.rejects(
    makeText(memorySource(new Uint8Array(10))),
    unpreviewable(/how the letters of this text are coded/),
  );
});

test("a text's code is found by its bytes, and a guess is said", async () => {
  const show = async (bytes: Uint8Array) => {
    const { renditions, notice } = await makeText(memorySource(bytes));
    return { text: new TextDecoder().decode(renditions[0]?.body), notice };
  };
  const japanese = await show(sample("sjis.csv"));
  assert.match(japanese.text, /[ぁ-んァ-ン一-龯]/);
  assert.equal(japanese.notice, "It does not say how its letters are coded: read as Japanese (Shift JIS).");
  const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
  const guesses: [Uint8Array, text: string, notice: RegExp][] = [
    // "Привет, как дела? Это простой текст."
    [
      bytes("cff0e8e2e5f22c20eae0ea20e4e5ebe03f20ddf2ee20eff0eef1f2eee920f2e5eaf1f22e"),
      "Привет, как дела? Это простой текст.",
      /Windows-1251/,
    ],
    [
      bytes("f0d2c9d7c5d42c20cbc1cb20c4c5ccc13f20fcd4cf20d0d2cfd3d4cfca20d4c5cbd3d42e"),
      "Привет, как дела? Это простой текст.",
      /KOI8-R/,
    ],
    // "これは日本語のテキストです"
    [bytes("a4b3a4eca4cfc6fccbdcb8eca4cea5c6a5ada5b9a5c8a4c7a4b9"), "これは日本語のテキストです", /Japanese \(EUC\)/],
    // "이것은 한국어 텍스트 파일입니다"
    [
      bytes("c0ccb0cdc0ba20c7d1b1b9beee20c5d8bdbac6ae20c6c4c0cfc0d4b4cfb4d9"),
      "이것은 한국어 텍스트 파일입니다",
      /Korean/,
    ],
    [Buffer.from("Grüße aus München", "utf16le"), "Grüße aus München", /UTF-16LE/],
    [Buffer.from("Gr\xfc\xdfe aus M\xfcnchen", "latin1"), "Grüße aus München", /Windows-1252/],
  ];
  for (const [raw, text, notice] of guesses) {
    const found = await show(raw);
    assert.equal(found.text, text);
    assert.match(found.notice ?? "", notice);
  }
});

test("what DOS puts at the end of a text makes it no other thing, and is not shown", async () => {
  const show = async (bytes: Uint8Array) =>
    new TextDecoder().decode((await makeText(memorySource(bytes))).renditions[0]?.body);
  assert.match(await show(sample("dos-eof.txt")), /GOTO 10\r\n$/);
  assert.equal(await show(Buffer.from("padded\x1a\x1a\0\0\0")), "padded");
  await assert.rejects(show(Buffer.from("AB\0\0\0\0")), unpreviewable(/letters/));
  await assert.rejects(show(Buffer.from("a\x1ab")), unpreviewable(/letters/));
});
