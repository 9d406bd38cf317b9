import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import sharp from "sharp";
import { makePicture } from "./make-picture.ts";
import { measure, unpreviewable } from "./testing/measure.ts";
import { memorySource } from "./testing/memory-source.ts";
import { claimingPng, sampleJpeg } from "./testing/pictures.ts";

const DAMAGED = "This picture is damaged or incomplete; no preview is made of it.";
const make = (bytes: Uint8Array) => makePicture(memorySource(bytes));

test("a photograph becomes two pictures, upright and without where it was taken", async () => {
  const jpeg = await sampleJpeg({ width: 4000, height: 3000 });
  const before = await sharp(jpeg).metadata();
  assert.equal(before.orientation, 6);
  assert.match(before.exif?.toString("latin1") ?? "", /A secret name/);
  const { renditions, facts, notice } = await make(jpeg);
  assert.deepEqual(facts, { width: 3000, height: 4000 });
  assert.equal(notice, undefined);
  assert.deepEqual(
    renditions.map(({ name, type, width, height }) => [name, type, width, height]),
    [
      ["thumb.webp", "image/webp", 240, 320],
      ["view.webp", "image/webp", 1200, 1600],
    ],
  );
  for (const { body } of renditions) {
    const { exif, icc, xmp, iptc, orientation, format } = await sharp(body).metadata();
    assert.deepEqual(
      [exif, icc, xmp, iptc, orientation, format],
      [undefined, undefined, undefined, undefined, undefined, "webp"],
    );
  }
  // The blue quarter lies top left as stored, so top right when turned.
  const view = await sharp(renditions[1]?.body).raw().toBuffer();
  const blueAt = (x: number, y: number) => view[(y * 1200 + x) * 3 + 2] ?? 0;
  assert.ok(blueAt(1100, 100) > 200 && blueAt(100, 100) < 100);
});

test("small pictures are not made larger; transparency and the first frame are kept", async () => {
  const red = { width: 20, height: 10, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } as const;
  const png = await sharp({ create: red }).png().toBuffer();
  const { renditions } = await make(png);
  assert.deepEqual(
    renditions.map(({ width }) => width),
    [20, 20],
  );
  assert.equal((await sharp(renditions[0]?.body).metadata()).hasAlpha, true);
  for (const format of ["webp", "avif", "tiff", "gif"] as const) {
    assert.deepEqual(
      (await make(await sharp(png).toFormat(format).toBuffer())).facts,
      { width: 20, height: 10 },
      format,
    );
  }
  const frames = await sharp(Buffer.alloc(20 * 30 * 3), { raw: { width: 20, height: 30, channels: 3, pageHeight: 10 } })
    .gif()
    .toBuffer();
  assert.deepEqual((await make(frames)).facts, { width: 20, height: 10 });
});

test("a picture that claims 100,000 x 100,000 pixels costs nothing", async () => {
  const bomb = claimingPng(100_000, 100_000, 2000);
  const { cpuMs, grownMib } = await measure(() =>
    assert.rejects(make(bomb), {
      ...unpreviewable("This picture claims to be 100,000 × 100,000 pixels; no preview is made of it."),
      facts: { width: 100_000, height: 100_000 },
    }),
  );
  assert.ok(cpuMs < 5000 && grownMib < 50, `${cpuMs} ms, ${grownMib} MiB`);
});

test("the largest that is decoded, row by row, costs little memory", async () => {
  const large = claimingPng(16_384, 16_384, 16_384);
  const { result, cpuMs, grownMib } = await measure(() => make(large));
  assert.deepEqual(result.facts, { width: 16_384, height: 16_384 });
  assert.ok(cpuMs < 60_000 && grownMib < 300, `${cpuMs} ms, ${grownMib} MiB`);
});

test("pictures that are decoded as a whole have a lower limit", async () => {
  const wide = { create: { width: 12_000, height: 9000, channels: 3, background: "blue" } } as const;
  const progressive = await sharp(wide).jpeg({ progressive: true, quality: 30 }).toBuffer();
  await assert.rejects(make(progressive), unpreviewable(/^This picture claims to be 12,000 × 9,000 pixels/));
  const plain = await sharp(wide).jpeg({ quality: 30 }).toBuffer();
  assert.deepEqual((await make(plain)).facts, { width: 12_000, height: 9000 });
});

test("a picture that is cut off has no preview, wherever it is cut", async () => {
  for (const format of ["jpeg", "png", "webp"] as const) {
    const noise = {
      create: {
        width: 300,
        height: 200,
        channels: 3,
        background: "gray",
        noise: { type: "gaussian", mean: 120, sigma: 40 },
      },
    } as const;
    const whole = await sharp(noise).toFormat(format).toBuffer();
    for (let tenth = 0; tenth < 10; tenth++) {
      const cut = whole.subarray(0, Math.floor((whole.length * tenth) / 10));
      await assert.rejects(make(cut), unpreviewable(DAMAGED), `${format} at ${tenth} tenths`);
    }
  }
});

test("a JPEG that lacks nothing but its end mark has a preview; the TIFF whose directory stands last too", async () => {
  const whole = await sampleJpeg({ width: 400, height: 300 });
  assert.deepEqual([whole.at(-2), whole.at(-1)], [0xff, 0xd9]);
  for (const lacking of [1, 2]) {
    const { renditions, facts } = await make(whole.subarray(0, -lacking));
    assert.deepEqual([renditions.length, facts], [2, { width: 300, height: 400 }]);
  }
  await assert.rejects(make(whole.subarray(0, -whole.length / 3)), unpreviewable(DAMAGED));
  const tiff = readFileSync(new URL("testing/cases/scan-lzw.tif", import.meta.url));
  assert.equal((await make(tiff)).renditions.length, 2);
});

test("drawings and what is no picture are not rendered", async () => {
  const other = unpreviewable("No preview can be made of this kind of picture.");
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><image href="file:///etc/passwd"/></svg>';
  for (const text of [svg, "just text", "BM\0\0\0\0"]) await assert.rejects(make(Buffer.from(text)), other);
});

test("a file larger than may be read is not read", async () => {
  const source = memorySource(await sampleJpeg());
  const made = makePicture(source, { limits: { readBytes: 100 } });
  await assert.rejects(made, unpreviewable("This picture's file is too large for a preview."));
  assert.equal(source.reads, 0);
});
