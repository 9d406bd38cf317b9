import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ArchiveListing } from "./archive-listing.schema.ts";
import { cp437 } from "./cp437.ts";
import { decodeNames } from "./entry-names.ts";
import { listArchive } from "./list-archive.ts";
import { memorySource } from "./testing/memory-source.ts";
import { tarHeader } from "./testing/tars.ts";
import { buildZip } from "./testing/zips.ts";

const tables = new Map<string, Map<string, number[]>>();

/** The platform's decoders turned round, by trying all of one and two bytes. */
function tableOf(page: string): Map<string, number[]> {
  const known = tables.get(page);
  if (known) return known;
  const table = new Map<string, number[]>();
  const decoder = page === "cp437" ? undefined : new TextDecoder(page);
  const add = (...bytes: number[]) => {
    const text = decoder ? decoder.decode(Uint8Array.from(bytes)) : cp437(Uint8Array.from(bytes));
    if (text.length === 1 && text !== "\ufffd" && !table.has(text)) table.set(text, bytes);
  };
  for (let lead = 0; lead < 256; lead++) add(lead);
  if (decoder)
    for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) add(lead, trail);
  tables.set(page, table);
  return table;
}

function encode(text: string, page: string): Uint8Array {
  if (page === "utf-8") return new TextEncoder().encode(text);
  const table = tableOf(page);
  return Uint8Array.from(
    [...text].flatMap((character) => table.get(character) ?? assert.fail(`${character} in ${page}`)),
  );
}

/** Names as people have them, with the page of the machine that wrote them. */
const NAMES: [page: string, ...names: string[]][] = [
  ["cp437", "Grüße.txt", "Änderungen/Übersicht für Müller.doc"],
  ["cp437", "café.txt"],
  ["cp437", "Año nuevo.jpg"],
  ["shift_jis", "報告書.txt"],
  ["shift_jis", "レポート/データ.csv", "新しいフォルダー/表.xls"],
  ["shift_jis", "会議資料 2024.pdf"],
  ["gbk", "报告书.txt"],
  ["gbk", "新建文件夹/发票.pdf", "材料.docx"],
  ["gbk", "会议纪要.doc"],
  ["euc-kr", "보고서.hwp"],
  ["euc-kr", "새 폴더/사진.jpg", "계약서.pdf"],
  ["ibm866", "Отчёт.doc"],
  ["ibm866", "Документы/План работы.txt", "ДОГОВОР.pdf"],
  ["windows-1251", "Новая папка/Отчёт за год.doc"],
  ["windows-1252", "Grüße.txt", "Übersicht für Müller.doc"],
  ["windows-1252", "café – été.txt"],
  ["windows-1252", "São João.jpg"],
];

test("names in other code pages are read in the likeliest one, which all names of an archive share", () => {
  for (const [page, ...names] of NAMES) {
    const raws = names.map((name) => encode(name, page));
    assert.deepEqual(decodeNames(raws), names, page);
  }
});

const list = async (bytes: Uint8Array, type: string): Promise<string[]> => {
  const { renditions } = await listArchive(memorySource(bytes), type);
  const { entries } = JSON.parse(new TextDecoder().decode(renditions[0]?.body)) as ArchiveListing;
  return entries.map(({ path }) => path);
};

test("a zip's Unicode path field comes first, when it is of the name beside it", async () => {
  const sample = readFileSync(new URL("./testing/samples/unicode-extra.zip", import.meta.url));
  assert.deepEqual(await list(sample, "application/zip"), ["Zürich Grün.txt", "報告書.txt"]);
  // Renamed by a program that left the field alone.
  const renamed = Buffer.from(sample);
  renamed.write("new.txt", renamed.lastIndexOf("???.txt"), "latin1");
  assert.deepEqual(await list(renamed, "application/zip"), ["Zürich Grün.txt", "new.txt"]);
});

test("an archive's names are read together, and a second half of a character is no backslash", async () => {
  // In Shift-JIS 表 and ソ end with the byte of a backslash.
  const names = ["表/ソース.txt", "予定表.xls", "ascii.txt"];
  const zip = buildZip(names.map((name) => ({ path: encode(name, "shift_jis"), data: "x" })));
  assert.deepEqual(await list(zip, "application/zip"), names);
});

test("a tar's names are read alike, in its headers, its long names and its attributes", async () => {
  const header = (raw: Uint8Array, kind = "0", size = 0) => {
    const block = Buffer.from(tarHeader("", size, kind));
    block.set(raw, 0);
    block.write("        ", 148);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return block;
  };
  const padded = (raw: Uint8Array) => Buffer.concat([raw, Buffer.alloc((512 - (raw.length % 512)) % 512)]);
  for (const [page, name] of [
    ["shift_jis", "レポート/予定表.txt"],
    ["windows-1252", "Grüße aus Zürich.txt"],
    ["gbk", "会议纪要.doc"],
    ["utf-8", "Grüße – 报告.txt"],
  ] as const) {
    const raw = encode(name, page);
    const record = Buffer.concat([Buffer.from(`${raw.length + 9} path=`), raw, Buffer.from("\n")]);
    const tar = Buffer.concat([
      header(raw),
      ...[header(Buffer.from("././@LongLink"), "L", raw.length + 1), padded(Buffer.concat([raw, Buffer.alloc(1)]))],
      header(Buffer.from("short")),
      ...[header(Buffer.from("PaxHeader"), "x", record.length), padded(record), header(Buffer.from("short"))],
      Buffer.alloc(1024),
    ]);
    assert.deepEqual(await list(tar, "application/x-tar"), [name, name, name], page);
  }
});
