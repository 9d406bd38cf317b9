import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

/** A JPEG taken upright by a camera held sideways (orientation 6), with a place in it: 30 x 20 pixels as stored. */
export async function sampleJpeg({ width = 60, height = 40 } = {}): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: "#a0522d" } })
    .composite([
      {
        input: { create: { width: width / 2, height: height / 2, channels: 3, background: "#1e90ff" } },
        left: 0,
        top: 0,
      },
    ])
    .withExif({
      IFD0: { Copyright: "A secret name" },
      IFD3: {
        GPSLatitudeRef: "N",
        GPSLatitude: "51/1 30/1 3230/100",
        GPSLongitudeRef: "W",
        GPSLongitude: "0/1 7/1 4366/100",
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** A PNG of one colour that claims any size; `rows` of them are really there, packed to next to nothing. */
export function claimingPng(width: number, height: number, rows: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc((width + 1) * rows));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}
