/** Whole files of each kind, from which the cases are made: by the tests' own generators, and small ones kept here. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { deflateSync, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import sharp from "sharp";
import { ffmpeg, testInput, withoutFfmpeg } from "#lib/inspection/testing/ffmpeg.ts";
import { memorySource } from "#lib/inspection/testing/memory-source.ts";
import { buildPdf, pagePdf } from "#lib/inspection/testing/pdfs.ts";
import { claimingPng } from "#lib/inspection/testing/pictures.ts";
import {
  sampleDocx,
  sampleJpeg,
  sampleOdt,
  samplePdf,
  samplePptx,
  sampleText,
  sampleWav,
  sampleXlsx,
  sampleZip,
} from "#lib/inspection/testing/samples.ts";
import { buildTar, tarHeader } from "#lib/inspection/testing/tars.ts";
import { buildZip } from "#lib/inspection/testing/zips.ts";
import { openZip } from "#lib/inspection/zip-directory.ts";
import { makeZip } from "#lib/scanning/testing/samples.ts";

export const KINDS = ["picture", "pdf", "office", "archive", "media", "text", "scan", "video"] as const;
export type Kind = (typeof KINDS)[number];

type Part = { path: string; data: Uint8Array };
/** `name` ends as the file's would. `parts`: what is packed into it, which `pack` packs again. */
export type Seed = { name: string; bytes: Uint8Array; parts?: () => Part[]; pack?: (parts: Part[]) => Uint8Array };

const PROJECT = resolve(import.meta.dirname, "../..");

/** Files that are kept in the repository, by their endings. */
function kept(endings: RegExp): Seed[] {
  return ["lib/inspection/testing/cases", "lib/inspection/testing/samples", "lib/transcoding/testing/samples"].flatMap(
    (folder) =>
      readdirSync(join(PROJECT, folder))
        .filter((name) => endings.test(name))
        .map((name) => ({ name, bytes: readFileSync(join(PROJECT, folder, name)) })),
  );
}

/** A zip whose entries are changed before they are packed, as a document's XML. */
async function packed(name: string, bytes: Uint8Array): Promise<Seed> {
  const zip = await openZip(memorySource(bytes), "This seed is no zip.");
  const parts: Part[] = [];
  for await (const entry of zip.entries())
    parts.push({ path: entry.path, data: Buffer.concat(await Array.fromAsync(zip.open(entry))) });
  return {
    name,
    bytes,
    parts: () => parts.map((part) => ({ ...part })),
    pack: (changed) => buildZip(changed.map((part) => ({ ...part, deflate: part.path !== "mimetype" }))),
  };
}

/** A compressed file whose content is changed before it is compressed. */
function compressed(name: string, bytes: Uint8Array): Seed {
  return {
    name,
    bytes,
    parts: () => [{ path: "", data: gunzipSync(bytes) }],
    pack: ([part]) => gzipSync(part?.data ?? ""),
  };
}

/** A PDF whose page's program is changed before it is compressed. */
function drawing(): Seed {
  const data = Buffer.from("q 0.5 0 0 0.5 10 10 cm /I1 Do Q BT /F1 12 Tf 9 9 Td (A hazelnut) Tj ET 0 0 m 9 9 l S");
  const picture = {
    dictionary: "/Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8",
    data: Buffer.alloc(64, 0x7f),
  };
  const pack = (program: Uint8Array) =>
    pagePdf({ dictionary: "/Filter /FlateDecode", data: deflateSync(program) }, picture);
  return {
    name: "drawing.pdf",
    bytes: pack(data),
    parts: () => [{ path: "", data }],
    pack: ([part]) => pack(part?.data ?? data),
  };
}

const MAKERS: Record<Kind, () => Promise<Seed[]>> = {
  async picture() {
    const picture = { create: { width: 64, height: 48, channels: 4, background: "#a0522d80" } } as const;
    const formats = ["png", "webp", "gif", "avif", "tiff"] as const;
    return [
      { name: "a.jpg", bytes: await sampleJpeg() },
      { name: "claim.png", bytes: claimingPng(2000, 2000, 10) },
      { name: "progressive.jpg", bytes: await sharp(picture).jpeg({ progressive: true }).toBuffer() },
      { name: "interlaced.png", bytes: await sharp(picture).png({ progressive: true }).toBuffer() },
      ...(await Promise.all(
        formats.map(async (format) => ({
          name: `a.${format}`,
          bytes: await sharp(picture).toFormat(format).toBuffer(),
        })),
      )),
    ];
  },
  async pdf() {
    const nested = buildPdf([
      "<< /Type /Catalog /Pages 2 0 R >>",
      `<< /Type /Pages /Kids ${"[".repeat(50)}2 0 R${"]".repeat(50)} /Count 1 >>`,
    ]);
    return [
      { name: "a.pdf", bytes: samplePdf() },
      { name: "pages.pdf", bytes: samplePdf(["one", "two", "three"]) },
      { name: "nested.pdf", bytes: nested },
      drawing(),
      drawing(),
      ...kept(/\.pdf$/),
    ];
  },
  async office() {
    const made: [string, Uint8Array][] = [
      ["a.docx", sampleDocx(["Dear Hazel", "the nuts"], { pages: 3, thumbnail: await sampleJpeg() })],
      [
        "a.xlsx",
        sampleXlsx([
          ["kind", "count"],
          ["hazel", 40],
        ]),
      ],
      ["a.pptx", samplePptx(["One", "Two"])],
      ["a.odt", sampleOdt(["Nuts", "and more"])],
      ...kept(/\.(docx|xlsx|odt)$/).map(({ name, bytes }): [string, Uint8Array] => [name, bytes]),
    ];
    return [...(await Promise.all(made.map(([name, bytes]) => packed(name, bytes)))), ...kept(/\.pages$/)];
  },
  async archive() {
    const tar = await buildTar({
      "letters/hazel.txt": "Dear Hazel",
      "b.txt": "nuts".repeat(400),
      [`${"long/".repeat(40)}c.txt`]: "x",
    });
    const old = buildZip(
      [
        { path: Buffer.from("gr\x81n.txt", "latin1"), data: "x" },
        { path: "b", data: "y", zip64: true },
      ],
      { zip64: true },
    );
    return [
      { name: "a.zip", bytes: sampleZip() },
      { name: "old.zip", bytes: old },
      { name: "a.tar", bytes: tar },
      { name: "sizes.tar", bytes: Buffer.concat([tarHeader("a", 8 ** 11), tar]) },
      compressed("a.tgz", gzipSync(tar)),
      { name: "a.txt.gz", bytes: gzipSync("nuts".repeat(99)) },
      ...kept(/\.zip$/),
    ];
  },
  async media() {
    const made: Seed[] = [{ name: "a.wav", bytes: sampleWav(0.1) }];
    if (!(await withoutFfmpeg()))
      for (const [name, ...words] of [
        ["a.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"],
        ["a.webm", "-c:v", "libvpx", "-c:a", "libopus"],
        ["a.mkv", "-c:v", "libx264", "-c:a", "libopus"],
        ["a.mp3", "-vn"],
        ["a.ogg", "-vn", "-c:a", "libopus"],
        ["a.flac", "-vn"],
        ["a.aac", "-vn"],
        ["a.ts", "-c:v", "libx264", "-c:a", "aac"],
      ])
        made.push({
          name: name ?? "",
          bytes: await ffmpeg(name ?? "", [
            ...testInput(0.4, "64x48"),
            ...words,
            "-fflags",
            "+bitexact",
            "-flags",
            "+bitexact",
          ]),
        });
    return [...made, ...kept(/\.(m4a|mov)$/)];
  },
  async text() {
    const letters = Buffer.from("Täglich eine Haselnuss.\nЕжедневно орех.\n毎日ナッツ。\n".repeat(20));
    return [
      { name: "a.txt", bytes: sampleText() },
      { name: "b.md", bytes: letters },
      { name: "utf16.txt", bytes: Buffer.from(`\ufeff${letters}`, "utf16le") },
      {
        name: "a.svg",
        bytes: Buffer.from('<?xml version="1.0"?><!-- a --><svg width="9"><image href="file:///etc/passwd"/></svg>'),
      },
      { name: "a.html", bytes: Buffer.from("<!doctype html><html><script>alert(1)</script>") },
      ...kept(/\.(csv|txt|xls)$/),
    ];
  },
  async scan() {
    const tar = await buildTar({ "a.txt": "nuts", "inner.zip": sampleZip() });
    const samples = [0, 8].map((method) => ({ name: `${method}`, bytes: Buffer.from("nuts".repeat(50)), method }));
    return [
      {
        name: "a.zip",
        bytes: makeZip([...samples, { name: "z", bytes: Buffer.from("x"), zip64: true, descriptor: true }]),
      },
      await packed(
        "nested.zip",
        buildZip([
          { path: "a.zip", data: sampleZip() },
          { path: "b.tar", data: tar },
        ]),
      ),
      { name: "a.tar", bytes: tar },
      compressed("a.tgz", gzipSync(tar)),
      { name: "a.tar.zst", bytes: zstdCompressSync(tar) },
      { name: "a.docx", bytes: sampleDocx(["nuts"]) },
    ];
  },
  video: async () =>
    (await withoutFfmpeg())
      ? []
      : [...(await MAKERS.media()).filter(({ name }) => /\.(mp4|webm|mkv|ts|mov)$/.test(name)), ...kept(/\.m2ts$/)],
};

export const seedsOf = (kind: Kind): Promise<Seed[]> => MAKERS[kind]();
