/** `npm run icons`: draws the icons and the picture for link previews from `app/icon.svg`, into `public/`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createCanvas, GlobalFonts, loadImage } from "@napi-rs/canvas";
import sharp from "sharp";

const PROJECT = resolve(import.meta.dirname, "../..");
const NIGHT = "#0b1122";
const svg = readFileSync(join(PROJECT, "app/icon.svg"), "utf8");
/** The mark alone, without the ground that it stands on. */
const mark = svg.replace(/<rect[^>]*\/>/, "");

async function drawn(source: string, size: number) {
  const sized = source.replace("<svg ", `<svg width="${size}" height="${size}" `);
  return loadImage(Buffer.from(sized));
}

/** Rounded, as browsers show it. */
async function icon(size: number): Promise<Buffer> {
  const canvas = createCanvas(size, size);
  canvas.getContext("2d").drawImage(await drawn(svg, size), 0, 0);
  return canvas.encode("png");
}

/** Filled to its edges, with all that matters within the middle: systems cut their own shape out of it. */
async function cutIcon(size: number, part: number): Promise<Buffer> {
  const canvas = createCanvas(size, size);
  const context = canvas.getContext("2d");
  context.fillStyle = NIGHT;
  context.fillRect(0, 0, size, size);
  const inner = Math.round(size * part);
  context.drawImage(await drawn(mark, inner), (size - inner) / 2, (size - inner) / 2);
  return canvas.encode("png");
}

/** An .ico of several PNGs: a directory of 16 bytes an entry, then the pictures. */
function ico(pictures: { size: number; png: Buffer }[]): Buffer {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  for (const [index, { size, png }] of pictures.entries()) {
    const at = 6 + 16 * index;
    head.writeUInt8(size, at);
    head.writeUInt8(size, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

/** 1200 by 630, the size that chats and mail programs take: it says whose it is and nothing of what was sent. */
async function previewPicture(): Promise<Buffer> {
  const fonts = join(PROJECT, "node_modules/geist/dist/fonts/geist-sans");
  GlobalFonts.registerFromPath(join(fonts, "Geist-SemiBold.ttf"), "Strong");
  GlobalFonts.registerFromPath(join(fonts, "Geist-Regular.ttf"), "Plain");
  const canvas = createCanvas(1200, 630);
  const context = canvas.getContext("2d");
  context.fillStyle = NIGHT;
  context.fillRect(0, 0, 1200, 630);
  const moonlight = context.createRadialGradient(600, -160, 0, 600, -160, 900);
  moonlight.addColorStop(0, "#22326b");
  moonlight.addColorStop(1, "#22326b00");
  context.fillStyle = moonlight;
  context.fillRect(0, 0, 1200, 630);
  context.drawImage(await drawn(mark, 430), 70, 95);
  context.fillStyle = "#e9ecf6";
  context.font = "96px Strong";
  context.fillText("Dormouse", 540, 310);
  context.fillStyle = "#b0bad1";
  context.font = "40px Plain";
  context.fillText("Files are waiting for you", 544, 380);
  // Some programs take no picture of more than 300 KB.
  return sharp(await canvas.encode("png"))
    .png({ palette: true, colours: 96, effort: 10 })
    .toBuffer();
}

const write = (name: string, bytes: Buffer) => writeFileSync(join(PROJECT, "public", name), bytes);

for (const size of [192, 512]) write(`icons/icon-${size}.png`, await icon(size));
write("icons/maskable-512.png", await cutIcon(512, 0.72));
write("icons/apple-touch-icon.png", await cutIcon(180, 0.84));
write("icons/preview.png", await previewPicture());
write("favicon.ico", ico(await Promise.all([16, 32, 48].map(async (size) => ({ size, png: await icon(size) })))));
